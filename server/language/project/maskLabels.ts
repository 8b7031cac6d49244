/**
 * Labels that only masks tell (KolektorSDD and KolektorSDD2: defective means any marked pixel). Reading
 * thousands of masks takes a while, so they are read in portions, and each file only once.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding, LayoutName, MaskSource, Sample } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import { guessFault } from '../../data/dataset.ts';
import type { Dataset } from '../../data/dataset.ts';
import { Turns } from '../../data/portions.ts';
import type { ImageReader } from '../../data/images/reader.ts';
import { errorCode } from '../../files/fileSystem.ts';

type Verdict = { readonly marked: boolean } | { readonly fault: string };

interface Read {
  /** Size and time of the mask file that was read. */
  readonly stamp: string;
  readonly verdict: Verdict;
}

/** Masks read between two versions. */
const portion = 400;
const atOnce = 8;

async function stampOf(root: string, mask: MaskSource): Promise<string> {
  if (mask.kind === 'runs') return mask.encoded;
  try {
    const { mtimeMs, size } = await stat(join(root, mask.path));
    return `${mtimeMs}/${size}`;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return 'gone';
  }
}

export class MaskLabels {
  readonly #reader: ImageReader;
  readonly #read = new Map<string, Read>();
  #unread: Sample[] = [];

  constructor(reader: ImageReader) {
    this.#reader = reader;
  }

  /** True when `apply` left labels unknown. */
  get hasUnread(): boolean {
    return this.#unread.length > 0;
  }

  /** The dataset with the labels that are known by now; what is still to be read stays `unknown`. */
  async apply(dataset: Dataset): Promise<Dataset> {
    const unread: Sample[] = [];
    const findings: Finding[] = [...dataset.findings];
    const samples: Sample[] = [];
    const turns = new Turns();
    for (const sample of dataset.samples) {
      if (turns.isOver) await turns.next();
      if (sample.label !== 'unknown') samples.push(sample);
      else samples.push(await this.#resolved(dataset.root, sample, findings, unread));
    }
    this.#unread = unread;
    return { ...dataset, samples, findings };
  }

  /** Reads some of what is missing; true if more is. */
  async readSome({ root, layout }: Dataset, signal: AbortSignal): Promise<boolean> {
    const now = this.#unread.slice(0, portion);
    for (let i = 0; i < now.length && !signal.aborted; i += atOnce) {
      await Promise.all(
        now.slice(i, i + atOnce).map((sample) => this.#readMask(root, layout, sample)),
      );
    }
    return this.#unread.length > now.length;
  }

  async #readMask(root: string, layout: LayoutName, { image, mask }: Sample): Promise<void> {
    if (mask === undefined) return;
    const stamp = await stampOf(root, mask);
    try {
      const pixels = await this.#reader.mask(root, mask);
      const fault = guessFault(layout, pixels, image);
      if (fault !== undefined) throw new UserError(fault);
      this.#read.set(image, { stamp, verdict: { marked: pixels.data.includes(1) } });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#read.set(image, { stamp, verdict: { fault: error.message } });
    }
  }

  async #resolved(
    root: string,
    sample: Sample,
    findings: Finding[],
    unread: Sample[],
  ): Promise<Sample> {
    const { mask, ...rest } = sample;
    if (mask === undefined) return { ...sample, label: 'unlabelled' };
    const read = this.#read.get(sample.image);
    // A mask that was not read yet is not even looked at: there may be 100,000 of them.
    const stamp = read && (await stampOf(root, mask));
    if (read === undefined || read.stamp !== stamp) {
      unread.push(sample);
      return sample;
    }
    if ('marked' in read.verdict) {
      return read.verdict.marked ? { ...sample, label: 'defective' } : { ...rest, label: 'ok' };
    }
    findings.push({
      kind: 'unreadable',
      severity: 'warning',
      files: [sample.image],
      message: `${read.verdict.fault.replace(/\.$/, '')}: the label of ${sample.image} is not known, and it is left out.`,
    });
    return { ...rest, label: 'unlabelled' };
  }
}
