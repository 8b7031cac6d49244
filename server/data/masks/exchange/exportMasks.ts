/** Takes the masks of a dataset out into another format, image after image; the output is whole or not there. */
import { counted } from '../../../../protocol/counted.ts';
import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Sample } from '../../../../protocol/dataset.ts';
import { CancelledError, UserError } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import type { ExportFormat, MaskExportReport } from '../../../../protocol/maskExchange.ts';
import { DiskError, fileError } from '../../../files/atomicWrite.ts';
import { errorCode } from '../../../files/fileSystem.ts';
import { byName, withoutEnding } from '../../fileTree.ts';
import { orientedReader } from '../../images/reader.ts';
import type { ImageReader } from '../../images/reader.ts';
import { resolved } from '../../places.ts';
import { openMask } from '../openMask.ts';
import { cocoSink } from './cocoSink.ts';
import type { Exported, ExportedImage, MaskSink } from './contract.ts';
import type { ExchangeDataset } from './dataset.ts';
import { Findings, sentence } from './findings.ts';
import { maskFolderSink } from './maskFolderSink.ts';
import { severstalSink } from './severstalSink.ts';

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly output: string;
  readonly overwrite?: boolean;
  readonly reader: ImageReader;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const sinks: Readonly<Record<ExportFormat, MaskSink>> = {
  coco: cocoSink,
  png: maskFolderSink,
  severstal: severstalSink,
};

/** Files that a dataset is read from, wherever its images lie. */
const ownFiles: ReadonlySet<string> = new Set(['labels.csv', 'segdec.json', 'train.csv']);

async function kindAt(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The way from a folder to a path, links of what is there resolved. */
async function wayBetween(root: string, path: string): Promise<string> {
  try {
    return relative(await resolved(root), await resolved(path));
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Throws a UserError for an output that is in the way, or would be read as a part of the dataset. */
async function assertOutput(
  output: string,
  { isFolder }: MaskSink,
  { root, listing }: ExchangeDataset,
  overwrite: boolean,
): Promise<void> {
  const back = await wayBetween(root, output);
  const isInside = back !== '..' && !back.startsWith(`..${sep}`) && resolve(back) !== back;
  if (isFolder && isInside) {
    throw new UserError(
      `${output} lies in the dataset ${root}, where masks would count as images; choose a folder outside of it.`,
    );
  }
  const path = back.split(sep).join('/');
  if (isInside && (ownFiles.has(path) || listing.tree.has(path))) {
    throw new UserError(
      `${output} is a file of the dataset ${root}, which is never written over; choose another file.`,
    );
  }
  const found = await kindAt(output);
  if (found === undefined) return;
  if (found !== (isFolder ? 'folder' : 'file')) {
    throw new UserError(`${output} is a ${found}; choose another ${isFolder ? 'folder' : 'file'}.`);
  }
  if (overwrite) return;
  throw new UserError(`${output} is there already; choose another name, or allow to overwrite it.`);
}

class Export implements Exported {
  readonly kinds: readonly string[];
  readonly class: string | undefined;
  readonly counts = { images: 0, defective: 0, ignored: 0 };
  readonly findings = new Findings();
  readonly #dataset: ExchangeDataset;
  readonly #request: ExportRequest;
  readonly #samples: readonly Sample[];
  /** How many images have a path but for its ending. */
  readonly #stems = new Map<string, number>();
  /** Images that a finding was told of: they are read twice for some formats. */
  readonly #told = new Set<string>();

  constructor(dataset: ExchangeDataset, request: ExportRequest) {
    this.#dataset = dataset;
    const reader = orientedReader(request.reader, dataset.options.orientation);
    this.#request = { ...request, reader };
    this.class = dataset.class;
    this.#samples = dataset.samples.filter(
      ({ label, mask, ignore }) =>
        label !== 'unlabelled' || mask !== undefined || ignore !== undefined,
    );
    for (const { image } of dataset.samples) {
      const stem = withoutEnding(image);
      this.#stems.set(stem, (this.#stems.get(stem) ?? 0) + 1);
    }
    const kinds = new Set(this.#samples.map(({ kind }) => kind));
    kinds.delete('');
    this.kinds = [...kinds].sort(byName);
  }

  sharesStem(image: string): boolean {
    return (this.#stems.get(withoutEnding(image)) ?? 0) > 1;
  }

  nameOf(image: string): string {
    const { layout } = this.#dataset.listing;
    return layout.name === 'severstal' ? image.replace(/^train_images\//, '') : image;
  }

  async *sizes(): AsyncGenerator<{ readonly sample: Sample; readonly size: Size }> {
    for (const sample of this.#samples) {
      this.#request.signal.throwIfAborted();
      const size = await this.#orTold(sample, () =>
        this.#request.reader.header(join(this.#dataset.root, sample.image)),
      );
      if (size === undefined) continue;
      yield { sample, size: { width: size.width, height: size.height } };
    }
  }

  async *images(): AsyncGenerator<ExportedImage> {
    for (const [i, sample] of this.#samples.entries()) {
      this.#request.signal.throwIfAborted();
      const image = await this.#orTold(sample, () => this.#read(sample));
      if (image !== undefined) {
        this.counts.images += 1;
        if (image.defect?.isEmpty === false) this.counts.defective += 1;
        if (image.ignore !== undefined) this.counts.ignored += 1;
        yield image;
      }
      this.#request.onProgress?.(i + 1, this.#samples.length);
    }
  }

  /** What cannot be read costs its image. */
  async #orTold<T>(sample: Sample, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!this.#told.has(sample.image)) this.findings.add('error', sample.image, error.message);
      this.#told.add(sample.image);
      return undefined;
    }
  }

  async #read(sample: Sample): Promise<ExportedImage> {
    const { reader } = this.#request;
    const layers = await openMask(this.#dataset.subject(sample.image), reader);
    const { width, height, ignore } = layers;
    // The mask of an image that a person calls good counts nothing.
    const hasMask = sample.mask !== undefined;
    for (const name of layers.unread) {
      if (name === 'defect' ? !hasMask : sample.ignore === undefined) continue;
      this.findings.add('error', sample.image, sentence(layers.faults[name] ?? ''));
    }
    const isRead = hasMask && !layers.unread.includes('defect');
    const defect = isRead ? (layers.defect ?? new MaskBits(width, height)) : undefined;
    return { sample, size: { width, height }, defect, ignore };
  }
}

/**
 * Exports the masks of a dataset. Throws a UserError for an output that is in the way, a CancelledError when it
 * was stopped: a file is not there then, a folder holds whole masks.
 */
export async function exportMasks(
  dataset: ExchangeDataset,
  request: ExportRequest,
): Promise<MaskExportReport> {
  const { format, overwrite = false, signal } = request;
  const output = resolve(request.output);
  const sink = sinks[format];
  await assertOutput(output, sink, dataset, overwrite);
  const exported = new Export(dataset, request);
  try {
    const parts = await sink.write(output, exported);
    const { counts, findings } = exported;
    if (sink.losesIgnored && counts.ignored > 0) {
      const message = `Ignored pixels cannot be said in this format: those of ${counted(counts.ignored, 'image')} are left out.`;
      findings.add('warning', null, message);
    }
    return { format, output, ...counts, parts, findings: findings.report };
  } catch (error) {
    if (error instanceof DiskError && sink.isFolder) {
      throw new DiskError(
        `${error.message} ${output} holds the masks of ${counted(Math.max(0, exported.counts.images - 1), 'image')}; those of all others were not written.`,
        { cause: error },
      );
    }
    if (!signal.aborted) throw error;
    throw new CancelledError(
      sink.isFolder
        ? `Stopped: ${output} holds the masks of ${counted(exported.counts.images, 'image')}.`
        : `Stopped: ${output} was not written.`,
    );
  }
}
