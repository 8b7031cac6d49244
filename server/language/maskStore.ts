/** The masks of open projects: read into files of bits in the cache, and written from such files, one at a time. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { MaskWritten, OpenedMask } from '../../protocol/masks.ts';
import { UserError } from '../../protocol/errors.ts';
import { nameKey } from '../../protocol/names.ts';
import { openRegular, readHandle } from '../../common/node/readLimited.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { labelsFile, maskColumns } from '../data/labelsCsv.ts';
import { maskStamp, openMask } from '../data/masks/openMask.ts';
import type { MaskLayers, MaskSubject } from '../data/masks/openMask.ts';
import { placeInside } from '../data/masks/inside.ts';
import { ignorePlace, maskPlace } from '../data/masks/place.ts';
import { MaskChanged, writeMask } from '../data/masks/writeMask.ts';
import { makeFolder } from '../files/atomicWrite.ts';
import { fileStamp } from '../files/fileStamp.ts';
import { isCached, trimCache, writeCacheFile } from '../files/cacheFile.ts';
import { settingsFor } from '../runs/projectFile.ts';
import type { Project } from './project/project.ts';

const mostBytes = 500 * 2 ** 20;

export interface MaskEdit {
  /** Of the image that the bits were made for. */
  readonly width: number;
  readonly height: number;
  /** Absolute paths of files with bits, or null for a layer that stays. */
  readonly defect: string | null;
  readonly ignore: string | null;
  readonly stamp: string | null;
}

/** The bits beyond the width are no pixels, whatever the file says of them. */
function withoutRest(bits: MaskBits): MaskBits {
  const rest = bits.width % 32;
  if (rest === 0) return bits;
  const last = 0xffffffff >>> (32 - rest);
  for (let place = bits.stride - 1; place < bits.words.length; place += bits.stride) {
    bits.words[place] = (bits.words[place] ?? 0) & last;
  }
  return bits;
}

export class MaskStore {
  readonly #cache: string;
  readonly #reader: ImageReader;
  /** What labels.csv names, by dataset folder: 100,000 rows are not read for every image. */
  readonly #columns = new Map<string, { stamp: string; columns: ReadonlyMap<string, string> }>();
  /** Bytes written since the cache was trimmed. */
  #untrimmed = 0;
  /** The write under way: two may change one table. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(cacheFolder: string, reader: ImageReader) {
    this.#cache = cacheFolder;
    this.#reader = reader;
  }

  get #folder(): string {
    return join(this.#cache, 'masks');
  }

  async trim(): Promise<void> {
    await trimCache(this.#folder, mostBytes);
  }

  async open(project: Project, image: string): Promise<OpenedMask> {
    const subject = await this.#subjectOf(project, image);
    const layers = await openMask(subject, this.#readerOf(project));
    return {
      width: layers.width,
      height: layers.height,
      defect: await this.#kept(layers.defect),
      ignore: await this.#kept(layers.ignore),
      stamp: layers.stamp,
      target: subject.place.path,
      needsRow: subject.place.kind === 'file' && subject.place.needsRow === true,
      readOnly: layers.readOnly ?? null,
    };
  }

  #readerOf({ content }: Project): ImageReader {
    return orientedReader(this.#reader, content?.dataset.orientation);
  }

  async stamp(project: Project, image: string): Promise<string> {
    return await maskStamp(await this.#subjectOf(project, image));
  }

  /** Writes when the stamp is still the files'. Throws a UserError for a mask that cannot be edited. */
  async write(project: Project, image: string, edit: MaskEdit): Promise<MaskWritten> {
    return await this.inTurn(() => this.#write(project, image, edit));
  }

  /** Has work that writes masks wait for the writes before, and those after wait for it. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#writing;
    const writing = (async () => {
      // The one before tells its own asker how it went.
      await Promise.allSettled([before]);
      return await work();
    })();
    this.#writing = writing;
    return await writing;
  }

  async #write(project: Project, image: string, edit: MaskEdit): Promise<MaskWritten> {
    const subject = await this.#subjectOf(project, image);
    const layers = await openMask(subject, this.#readerOf(project));
    if (edit.width !== layers.width || edit.height !== layers.height) {
      const [now, then] = [layers, edit].map(({ width, height }) => `${width}x${height}`);
      throw new UserError(
        `${image} has ${now} pixels now, and the mask was painted for ${then}; it is not saved: close the image and open it again.`,
      );
    }
    if (edit.stamp !== null && edit.stamp !== layers.stamp) {
      return { outcome: 'conflict', stamp: layers.stamp };
    }
    if (layers.readOnly !== undefined) throw new UserError(layers.readOnly);
    // Both are read before the first is written.
    const defect = edit.defect === null ? undefined : await this.#given(edit.defect, layers);
    const ignore = edit.ignore === null ? undefined : await this.#given(edit.ignore, layers);
    const { held } = layers;
    const places = { defect: subject.place, ignore: ignorePlace(image) };
    try {
      if (defect !== undefined) {
        await writeMask({ ...subject, place: places.defect, held: held.defect }, defect);
      }
      if (ignore !== undefined) {
        await writeMask({ ...subject, place: places.ignore, held: held.ignore }, ignore);
      }
    } catch (error) {
      if (!(error instanceof MaskChanged)) throw error;
      return { outcome: 'conflict', stamp: await maskStamp(subject) };
    }
    return { outcome: 'saved', stamp: await maskStamp(subject) };
  }

  /** An image of a project and where its mask is. Throws a UserError for an image that is none of it. */
  async #subjectOf(project: Project, image: string): Promise<MaskSubject> {
    await project.assertSameFolder();
    const { content, tree, folder: root } = project;
    if (content === undefined || tree === undefined || project.sample(image) === undefined) {
      throw new UserError(`${image} is no image of ${root}; refresh the list and try again.`);
    }
    const settings = settingsFor(root, content.file);
    // Labels drop the masks of good images, but the file that was named for one is still its own.
    const column = tree.has(labelsFile)
      ? (await this.#columnsOf(root)).get(nameKey(image))
      : undefined;
    const place = maskPlace({
      ...{ layout: content.dataset.layout, tree, image },
      ...(settings.class === undefined ? {} : { class: settings.class }),
      ...(column === undefined ? {} : { column }),
    });
    const images = { tree, has: (path: string) => project.sample(path) !== undefined };
    return { root, image, place, images };
  }

  async #columnsOf(root: string): Promise<ReadonlyMap<string, string>> {
    const stamp = (await fileStamp(join(root, labelsFile))) ?? '';
    const known = this.#columns.get(root);
    if (known?.stamp === stamp) return known.columns;
    const columns = await maskColumns(root);
    this.#columns.set(root, { stamp, columns });
    return columns;
  }

  /** A file with the bits, named by them; null without a set pixel. */
  async #kept(bits: MaskBits | undefined): Promise<string | null> {
    if (bits === undefined) return null;
    const name = createHash('sha256').update(`${bits.width} `).update(bits.bytes).digest('hex');
    const file = join(this.#folder, `${name}.bits`);
    if (await isCached(file)) return file;
    await makeFolder(this.#folder);
    await writeCacheFile(file, bits.bytes);
    this.#untrimmed += bits.bytes.length;
    if (this.#untrimmed > mostBytes / 4) {
      this.#untrimmed = 0;
      await this.trim();
    }
    return file;
  }

  /** The bits of a file in the cache. Throws a UserError for any other file, and for other sizes. */
  async #given(file: string, { width, height }: MaskLayers): Promise<MaskBits> {
    const path = isAbsolute(file) ? relative(this.#cache, file) : file;
    const cache = await realpath(this.#cache);
    const real = await placeInside(cache, path);
    const wanted = Math.ceil(width / 32) * 4 * height;
    const handle = await openRegular(real);
    try {
      if ((await handle.stat()).size !== wanted) {
        throw new UserError(
          `${file} holds no mask of ${width}x${height} pixels (${wanted} bytes); save again.`,
        );
      }
      return withoutRest(MaskBits.fromBytes(width, height, await readHandle(handle, real, wanted)));
    } finally {
      await handle.close();
    }
  }
}
