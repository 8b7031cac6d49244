/**
 * What is in a dataset folder, and what is wrong with it. Counts come first, from names and label files;
 * then every image and mask is read, and findings come as they are found.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Finding,
  FindingKind,
  LayoutName,
  MaskSource,
  Sample,
  Severity,
  Split,
} from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { resolveLabels } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { ImageError } from './images/reader.ts';
import type { ImageReader, ImageSize } from './images/reader.ts';

/** Images of a split by label; `unknown` until masks were read. */
export type LabelCounts = Readonly<Record<'ok' | 'defective' | 'unlabelled' | 'unknown', number>>;

export interface DatasetCounts {
  readonly layout: LayoutName;
  readonly samples: number;
  /** Unknown for ksdd and ksdd2 before their masks were read. */
  readonly positives: number | 'unknown';
  readonly splits: Readonly<Record<Split, LabelCounts>>;
  readonly classes: readonly string[];
  readonly folds: number;
}

export interface InspectReport extends DatasetCounts {
  readonly findings: readonly Finding[];
  /** Images by size, WIDTHxHEIGHTxCHANNELS, the most frequent first; empty when not read. */
  readonly sizes: readonly { readonly size: string; readonly images: number }[];
}

export interface InspectOptions {
  /** Stop before file contents are read. */
  readonly quick?: boolean;
  readonly signal?: AbortSignal;
  onCounts?(counts: DatasetCounts): void;
  onFinding?(finding: Finding): void;
  onProgress?(done: number, total: number): void;
}

/** Images looked at at a time; decoding itself is the reader's business. */
const atOnce = 8;

/** Counts by split and label. */
export function countSamples(dataset: Dataset): DatasetCounts {
  const none = (): Record<keyof LabelCounts, number> => ({
    ok: 0,
    defective: 0,
    unlabelled: 0,
    unknown: 0,
  });
  const splits = { train: none(), val: none(), test: none() };
  for (const { split, label } of dataset.samples) splits[split][label] += 1;
  const sum = (label: keyof LabelCounts): number =>
    splits.train[label] + splits.val[label] + splits.test[label];
  return {
    layout: dataset.layout,
    samples: dataset.samples.length,
    positives: sum('unknown') > 0 ? 'unknown' : sum('defective'),
    splits,
    classes: dataset.classes,
    folds: dataset.folds,
  };
}

const finding = (
  kind: FindingKind,
  severity: Severity,
  files: readonly string[],
  message: string,
): Finding => ({ kind, severity, files, message });

/** An image or mask that cannot be read; too large counts as unreadable. */
function unreadable(file: string, error: UserError): Finding {
  const fault = error instanceof ImageError ? error.fault : 'unreadable';
  const kind = fault === 'truncated' || fault === 'format' ? fault : 'unreadable';
  return finding(kind, 'error', [file], error.message);
}

/** Adds to the list of a key. */
function append<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

const maskName = (source: MaskSource, image: string): string =>
  source.kind === 'file' ? source.path : image;

class Inspection {
  readonly #dataset: Dataset;
  readonly #reader: ImageReader;
  readonly #report: (finding: Finding) => void;
  readonly sizes = new Map<string, number>();

  constructor(dataset: Dataset, reader: ImageReader, report: (finding: Finding) => void) {
    this.#dataset = dataset;
    this.#reader = reader;
    this.#report = report;
  }

  async check(sample: Sample): Promise<void> {
    const size = await this.#checkImage(sample.image);
    if (sample.mask !== undefined) await this.#checkMask(sample, sample.mask, size);
    if (sample.ignore !== undefined) {
      const source = { kind: 'file', path: sample.ignore } as const;
      await this.#checkMask({ ...sample, label: 'unlabelled' }, source, size);
    }
  }

  async #checkImage(image: string): Promise<ImageSize | undefined> {
    const file = join(this.#dataset.root, image);
    try {
      const size = await this.#reader.size(file);
      // Decoding to a tiny picture still reads the whole file, which shows where it is cut off.
      await this.#reader.read(file, { width: 16, height: 16, channels: 1 });
      const text = `${size.width}x${size.height}x${size.channels}`;
      this.sizes.set(text, (this.sizes.get(text) ?? 0) + 1);
      return size;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#report(unreadable(image, error));
      return undefined;
    }
  }

  async #checkMask(sample: Sample, source: MaskSource, size: ImageSize | undefined): Promise<void> {
    const name = maskName(source, sample.image);
    const files = [...new Set([sample.image, name])];
    let mask;
    try {
      mask = await this.#reader.mask(this.#dataset.root, source);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#report(unreadable(name, error));
      return;
    }
    if (size !== undefined && (mask.width !== size.width || mask.height !== size.height)) {
      const text = `The mask ${name} is ${mask.width}x${mask.height}, its image ${size.width}x${size.height}; it is stretched to fit, which is right only for a resized image.`;
      this.#report(finding('mask-size', 'warning', files, text));
    }
    if (mask.values.length > 2) {
      const many = mask.values.length > 255 ? '256 or more' : mask.values.length;
      const text = `The mask ${name} has ${many} values instead of two; every value but 0 counts as marked. Save it again with 0 and 255 only, without smooth edges.`;
      this.#report(finding('mask-values', 'warning', files, text));
    }
    if (sample.label === 'defective' && !mask.data.includes(1)) {
      const text = `${sample.image} counts as defective, but its mask ${name} is empty; mark the defect, or remove the mask to use the label alone.`;
      this.#report(finding('empty-mask', 'warning', files, text));
    }
  }

  /** Reports byte-identical images; only files of equal size are read. */
  async findDuplicates(samples: readonly Sample[], signal?: AbortSignal): Promise<void> {
    const bySize = new Map<number, Sample[]>();
    for (const sample of samples) {
      const size = await this.#fileSize(sample.image);
      if (size !== undefined) append(bySize, size, sample);
    }
    for (const same of bySize.values()) {
      if (same.length < 2) continue;
      const byHash = new Map<string, Sample[]>();
      for (const sample of same) {
        signal?.throwIfAborted();
        const hash = await this.#reader.hash(join(this.#dataset.root, sample.image));
        append(byHash, hash, sample);
      }
      for (const group of byHash.values()) {
        if (group.length > 1) this.#report(await this.#duplicate(group));
      }
    }
  }

  async #fileSize(image: string): Promise<number | undefined> {
    try {
      return (await stat(join(this.#dataset.root, image))).size;
    } catch (error) {
      // It was reported when it could not be read.
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  async #duplicate(group: readonly Sample[]): Promise<Finding> {
    const files = group.map((sample) => sample.image);
    const list = files.join(' and ');
    if (new Set(group.map((sample) => sample.split)).size > 1) {
      const splits = group.map(({ split }) => split).join(' and ');
      const text = `${list} are the same image in ${splits}, so that results on it are too good; remove one, or give both the same split.`;
      return finding('duplicate', 'error', files, text);
    }
    if (new Set(group.map((sample) => sample.label)).size > 1) {
      const text = `${list} are the same image with different labels; mend one of them.`;
      return finding('duplicate', 'warning', files, text);
    }
    const masks = new Set<string>();
    for (const sample of group) masks.add(await this.#maskHash(sample));
    if (masks.size > 1) {
      const text = `${list} are the same image with different masks; mend one of them.`;
      return finding('duplicate', 'warning', files, text);
    }
    return finding('duplicate', 'information', files, `${list} are the same image.`);
  }

  async #maskHash({ mask }: Sample): Promise<string> {
    if (mask === undefined) return 'none';
    try {
      const { data, width, height } = await this.#reader.mask(this.#dataset.root, mask);
      return createHash('sha256').update(`${width}x${height}`).update(data).digest('hex');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return 'unreadable';
    }
  }
}

/**
 * Inspects a dataset that was opened. `onCounts` is called first, again when the masks have told the
 * labels; findings come as they are found, and all of them are in the report.
 */
export async function inspectDataset(
  dataset: Dataset,
  reader: ImageReader,
  options: InspectOptions = {},
): Promise<InspectReport> {
  const { signal } = options;
  const findings: Finding[] = [];
  const report = (found: Finding): void => {
    findings.push(found);
    options.onFinding?.(found);
  };
  const counts = countSamples(dataset);
  options.onCounts?.(counts);
  dataset.findings.forEach(report);
  if (options.quick === true) return { ...counts, findings, sizes: [] };
  const known = await resolveLabels(dataset, reader, signal);
  const knownCounts = countSamples(known);
  if (counts.positives === 'unknown') options.onCounts?.(knownCounts);
  const inspection = new Inspection(known, reader, report);
  // Masks are checked as the layout names them: resolving drops those of good images.
  const masks = new Map(dataset.samples.map((sample) => [sample.image, sample.mask]));
  for (let start = 0; start < known.samples.length; start += atOnce) {
    signal?.throwIfAborted();
    const part = known.samples.slice(start, start + atOnce);
    await Promise.all(
      part.map((sample) => {
        const mask = masks.get(sample.image);
        return inspection.check(mask === undefined ? sample : { ...sample, mask });
      }),
    );
    options.onProgress?.(start + part.length, known.samples.length);
  }
  await inspection.findDuplicates(known.samples, signal);
  const sizes = [...inspection.sizes]
    .map(([size, images]) => ({ size, images }))
    .sort((a, b) => b.images - a.images);
  return { ...knownCounts, findings, sizes };
}
