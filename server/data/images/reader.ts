/** The one way to pixels: images and masks, decoded in processes of their own. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { MaskSource, Orientation } from '../../../protocol/dataset.ts';
import { mostBytes, portionsOf } from '../../../common/node/readLimited.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { leadsOut } from '../../files/leadsOut.ts';
import { DecodeProcess } from './decodeProcess.ts';
import { ImageError, systemFault } from './imageError.ts';
import { decodeRuns } from './maskRuns.ts';
import { withMore } from './unitedMasks.ts';
import type {
  ClassBytes,
  DecodeResults,
  DecodeTask,
  ImageHeader,
  ImageLook,
  ImagePlanes,
  ImageSize,
  MaskPixels,
  PictureMask,
  Picture,
  ReadAs,
  ReadMask,
  Tiles,
} from './messages.ts';

export { ImageError } from './imageError.ts';
export type {
  ImageHeader,
  ImageLook,
  ImageNote,
  ImagePlanes,
  ImageSize,
  MaskNote,
  MaskPixels,
  Picture,
  ReadAs,
  ReadMask,
} from './messages.ts';

export interface ImageReaderOptions {
  /** Decoding processes; default 1. */
  readonly workers?: number;
  /** For one image; default 10 s. */
  readonly timeoutMs?: number;
}

export interface PictureRequest {
  /** Longest side in pixels; a smaller image keeps its size. */
  readonly side: number;
  /** The PNG of its heat map, which is laid over it. */
  readonly heatmap?: string;
  /** A mask whose outline is drawn, and the dataset folder that it lies in. */
  readonly mask?: { readonly root: string; readonly source: MaskSource };
}

export interface ImageReader {
  /** The image fitted to a size by filling. Throws an ImageError. */
  read(file: string, as: ReadAs): Promise<ImagePlanes>;
  /** Size after EXIF rotation, from the header. Throws an ImageError. */
  size(file: string): Promise<ImageSize>;
  /** The header of an image of whatever size, with the size after EXIF rotation. Throws an ImageError. */
  header(file: string): Promise<ImageHeader>;
  /** Reads an image whole for what is told of it. Throws an ImageError. */
  look(file: string): Promise<ImageLook>;
  /** A mask's file as bits, and whether it may be a photo, up to 16384 x 16384. Throws an ImageError. */
  maskBits(file: string): Promise<ReadMask>;
  /** A mask whose colours are classes, as Pascal VOC has it, up to 16384 x 16384. Throws an ImageError. */
  classBits(file: string): Promise<ClassBytes>;
  /** Writes the tiles of an image up to 16384 x 16384 into an empty folder. Throws an ImageError. */
  tiles(file: string, folder: string): Promise<Tiles>;
  /** A mask at its own size; `root`: the folder that a file's path is relative to. Throws an ImageError. */
  mask(root: string, source: MaskSource): Promise<MaskPixels>;
  /** A small picture to look at. Throws an ImageError. */
  picture(file: string, as: PictureRequest): Promise<Picture>;
  /** The same reader, which leaves EXIF orientations aside; its processes are this one's. */
  asStored(): ImageReader;
  /** SHA-256 of a file's bytes, in hex. */
  hash(file: string): Promise<string>;
  /** Ends the processes. */
  dispose(): Promise<void>;
}

/** The file of a mask. Throws an ImageError for an unlisted one that leads out of its dataset. */
async function maskFile(
  root: string,
  { path, isUnlisted }: Extract<MaskSource, { kind: 'file' }>,
): Promise<string> {
  const file = join(root, path);
  if (isUnlisted !== true) return file;
  try {
    const [top, real] = await Promise.all([realpath(root), realpath(file)]);
    if (!leadsOut(top, real)) return real;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new ImageError(systemFault(error), `${file} cannot be read: it is not there.`);
  }
  throw new ImageError('unreadable', `${file} is not read: it leads out of the dataset folder.`);
}

/** A reader as a dataset wants its images to lie; default as EXIF says. */
export const orientedReader = (
  reader: ImageReader,
  orientation: Orientation | undefined,
): ImageReader => (orientation === 'stored' ? reader.asStored() : reader);

/** Decoding processes, each with one task at a time. */
class Decoders {
  readonly #all: readonly DecodeProcess[];
  readonly #free: DecodeProcess[];
  readonly #waiting: ((process: DecodeProcess) => void)[] = [];

  constructor({ workers = 1, timeoutMs = 10_000 }: ImageReaderOptions) {
    this.#all = Array.from({ length: workers }, () => new DecodeProcess(timeoutMs));
    this.#free = [...this.#all];
  }

  async run(task: DecodeTask): Promise<DecodeResults[DecodeTask['kind']]> {
    const process =
      this.#free.pop() ??
      (await new Promise<DecodeProcess>((resolve) => this.#waiting.push(resolve)));
    try {
      return await process.run(task);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(process);
      else next(process);
    }
  }

  stop(): void {
    for (const process of this.#all) process.stop();
  }
}

/** The files of a mask by their absolute paths. */
const absolute = async (
  root: string,
  source: Extract<MaskSource, { kind: 'file' }>,
): Promise<PictureMask> => ({
  kind: 'file',
  path: await maskFile(root, source),
  ...(source.more === undefined ? {} : { more: source.more.map((path) => join(root, path)) }),
});

class ProcessReader implements ImageReader {
  readonly #decoders: Decoders;
  readonly #isStored: boolean;

  constructor(decoders: Decoders, isStored = false) {
    this.#decoders = decoders;
    this.#isStored = isStored;
  }

  asStored(): ImageReader {
    return new ProcessReader(this.#decoders, true);
  }

  read(file: string, as: ReadAs): Promise<ImagePlanes> {
    return this.#run({ kind: 'read', file, as });
  }

  size(file: string): Promise<ImageSize> {
    return this.#run({ kind: 'size', file });
  }

  header(file: string): Promise<ImageHeader> {
    return this.#run({ kind: 'header', file });
  }

  look(file: string): Promise<ImageLook> {
    return this.#run({ kind: 'look', file });
  }

  maskBits(file: string): Promise<ReadMask> {
    return this.#run({ kind: 'maskBits', file });
  }

  classBits(file: string): Promise<ClassBytes> {
    return this.#run({ kind: 'classBits', file });
  }

  tiles(file: string, folder: string): Promise<Tiles> {
    return this.#run({ kind: 'tiles', file, folder });
  }

  async mask(root: string, source: MaskSource): Promise<MaskPixels> {
    if (source.kind === 'runs') return decodeRuns(source.encoded, source.width, source.height);
    const read = (file: string) => this.#run({ kind: 'mask', file });
    const first = await read(await maskFile(root, source));
    return await withMore(first, source.more, (path) => read(join(root, path)));
  }

  async picture(file: string, { side, heatmap, mask }: PictureRequest): Promise<Picture> {
    const outlined: PictureMask | null =
      mask === undefined
        ? null
        : mask.source.kind === 'runs'
          ? mask.source
          : await absolute(mask.root, mask.source);
    const as = { side, heatmap: heatmap ?? null, mask: outlined };
    return await this.#run({ kind: 'picture', file, as });
  }

  async hash(file: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of portionsOf(file, mostBytes.image)) hash.update(chunk);
    return hash.digest('hex');
  }

  dispose(): Promise<void> {
    this.#decoders.stop();
    return Promise.resolve();
  }

  async #run<T extends DecodeTask>(task: T): Promise<DecodeResults[T['kind']]> {
    const asked = this.#isStored ? { ...task, isStored: true as const } : task;
    return (await this.#decoders.run(asked)) as DecodeResults[T['kind']];
  }
}

/** Makes a reader; its processes start with the first image. */
export function createImageReader(options: ImageReaderOptions = {}): ImageReader {
  return new ProcessReader(new Decoders(options));
}
