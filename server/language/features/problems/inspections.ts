/**
 * What full inspections found, kept for a project. A finding is dropped once what it says no longer holds
 * (its files changed, its labels or splits were mended); all of them when much of the dataset is another.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding, Orientation, Split } from '../../../../protocol/dataset.ts';
import type { ImageItem } from '../../../../protocol/explorer.ts';
import { errorCode } from '../../../files/fileSystem.ts';

export interface Inspection {
  /** When it ended, in milliseconds. */
  readonly at: number;
  /** When it began: a file that was changed after is another one. */
  readonly began: number;
  /** Images of the dataset at the time. */
  readonly images: ReadonlySet<string>;
  /** How turned images were read. */
  readonly orientation: Orientation | undefined;
  /** Of pixels alone; what names and label files give is known without an inspection. */
  readonly findings: readonly Finding[];
}

/** The share of images that may come or go before an inspection says nothing any more. */
const mostChanged = 0.1;
/** Files looked at to see whether they changed; more findings are not shown at once anyway. */
const mostStats = 4000;
const atOnce = 32;

/** What is in a full report beyond what names and label files say. */
export function ofPixels(report: readonly Finding[], ofNames: readonly Finding[]): Finding[] {
  const known = new Set(ofNames.map(({ message }) => message));
  return report.filter(({ message }) => !known.has(message));
}

/** True when so many images came or went that the inspection is of another dataset. */
export function isOutdated(
  { images }: Inspection,
  size: number,
  has: (image: string) => boolean,
): boolean {
  let kept = 0;
  for (const image of images) if (has(image)) kept += 1;
  const changed = images.size - kept + (size - kept);
  return changed > mostChanged * images.size;
}

/** True while labels and splits are still as a finding says. */
export function stillHolds(
  finding: Finding,
  item: (image: string) => ImageItem | undefined,
): boolean {
  const { kind, severity, files } = finding;
  const [first] = files;
  if (first === undefined) return false;
  if (kind === 'empty-mask') return item(first)?.label === 'defective';
  if (kind !== 'duplicate') return true;
  const items = files.flatMap((file) => item(file) ?? []);
  if (items.length < 2) return false;
  if (severity === 'error') return new Set(items.map(({ split }) => split)).size > 1;
  if (!finding.message.includes('different labels')) return true;
  return new Set(items.map(({ label }) => label)).size > 1;
}

async function changedSince(file: string, time: number): Promise<boolean> {
  try {
    return (await stat(file)).mtimeMs > time;
  } catch (error) {
    // Whatever was wrong with it, it is gone.
    if (errorCode(error) === undefined) throw error;
    return true;
  }
}

/** The findings whose files are as they were when the inspection began. */
export async function ofUnchangedFiles(
  root: string,
  { findings, began }: Inspection,
): Promise<Finding[]> {
  const files = [...new Set(findings.flatMap((finding) => finding.files))].slice(0, mostStats);
  const changed = new Set<string>();
  for (let i = 0; i < files.length; i += atOnce) {
    const part = files.slice(i, i + atOnce);
    const results = await Promise.all(part.map((file) => changedSince(join(root, file), began)));
    part.forEach((file, j) => {
      if (results[j] === true) changed.add(file);
    });
  }
  return findings.filter((finding) => !finding.files.some((file) => changed.has(file)));
}

/** Byte-identical images that lie in several splits, by image. */
export function twinsOf(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const twins = new Map<string, readonly string[]>();
  for (const { kind, files } of findings) {
    if (kind === 'duplicate') for (const file of files) twins.set(file, files);
  }
  return twins;
}

/** The others of a group of twins that are in another split now. */
export function otherTwins(
  image: string,
  group: readonly string[],
  item: (image: string) => ImageItem | undefined,
): { readonly image: string; readonly split: Split }[] {
  const own = item(image)?.split;
  if (own === undefined) return [];
  return group.flatMap((other) => {
    const split = item(other)?.split;
    return other === image || split === undefined || split === own ? [] : [{ image: other, split }];
  });
}
