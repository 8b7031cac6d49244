/**
 * What is in a dataset folder, and what is wrong with it. Counts come first, from names and label files;
 * then every image and mask is read, and findings come as they are found.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding, LayoutName, Sample, Split } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { resolveLabels } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { orientedReader } from './images/reader.ts';
import type { ImageLook, ImageReader } from './images/reader.ts';
import { finding, imageFindings, lookAtMask, masksOf, unreadable } from './maskFindings.ts';

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

/** Adds to the list of a key. */
function append<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

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
    const look = await this.#checkImage(sample.image);
    for (const [of, source] of masksOf(sample)) {
      const { findings } = await lookAtMask(this.#reader, this.#dataset.root, of, source, look);
      findings.forEach(this.#report);
    }
  }

  async #checkImage(image: string): Promise<ImageLook | undefined> {
    try {
      const look = await this.#reader.look(join(this.#dataset.root, image));
      const text = `${look.width}x${look.height}x${look.channels}`;
      this.sizes.set(text, (this.sizes.get(text) ?? 0) + 1);
      imageFindings(image, look).forEach(this.#report);
      return look;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#report(unreadable(image, error));
      return undefined;
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
  // What resolving could not read is told where it is checked.
  const later = known.findings.slice(dataset.findings.length);
  later.filter(({ kind }) => kind !== 'unreadable').forEach(report);
  const oriented = orientedReader(reader, dataset.orientation);
  const inspection = new Inspection(known, oriented, report);
  // Masks are checked as the layout names them: resolving drops those of good images.
  const masks = new Map(dataset.samples.map((sample) => [sample.image, sample.mask]));
  for (let start = 0; start < known.samples.length; start += atOnce) {
    signal?.throwIfAborted();
    const part = known.samples.slice(start, start + atOnce);
    await Promise.all(
      part.map((sample) => {
        const mask = sample.mask ?? masks.get(sample.image);
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
