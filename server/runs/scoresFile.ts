/** scores.csv: one row for every image of the dataset, verbatim (RFC 4180). */
import { splitNames } from '../../protocol/dataset.ts';
import type { Label, Sample, Split } from '../../protocol/dataset.ts';
import type { Outcome } from '../../protocol/run.ts';
import { csvRecords } from '../files/csvStream.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { csvField } from './csv.ts';
import { shortestFloat32 } from './float32.ts';
import { isLabelled } from './splits.ts';

export interface ScoreRow {
  readonly image: string;
  readonly label: Label;
  /** As used in this run: of training positives alone, '' for all others. */
  readonly supervision: 'mask' | 'weak' | '';
  readonly split: Split;
  /** Probability 0..1; null for an image that could not be read. */
  readonly score: number | null;
  readonly outcome: Outcome;
}

const header = 'image,label,supervision,split,score,outcome\n';
/** Rows are handed to the disk in portions of this many. */
const portion = 1000;

function rowText(row: ScoreRow): string {
  const label = isLabelled(row) ? row.label : '';
  const score = row.score === null ? '' : shortestFloat32(row.score);
  const rest = [label, row.supervision, row.split, score, row.outcome];
  return `${csvField(row.image)},${rest.join(',')}\n`;
}

async function* texts(rows: readonly ScoreRow[]): AsyncGenerator<string> {
  yield header;
  for (let i = 0; i < rows.length; i += portion) {
    yield rows
      .slice(i, i + portion)
      .map(rowText)
      .join('');
  }
}

/** Writes scores.csv whole or not at all. */
export async function writeScores(
  path: string,
  rows: readonly ScoreRow[],
  fs?: FileSystem,
): Promise<void> {
  await writeFileWhole(path, texts(rows), fs);
}

/** As used in this run: of training positives alone. */
export function supervisionOf(
  sample: Sample,
  segmented: ReadonlySet<string>,
): ScoreRow['supervision'] {
  if (sample.split !== 'train' || sample.label !== 'defective') return '';
  return segmented.has(sample.image) ? 'mask' : 'weak';
}

/** The rows of a run that has not scored anything yet: they keep who was trained on. */
export function unscoredRows(
  samples: readonly Sample[],
  segmented: ReadonlySet<string>,
): ScoreRow[] {
  return samples.map((sample) => ({
    image: sample.image,
    label: sample.label,
    supervision: supervisionOf(sample, segmented),
    split: sample.split,
    score: null,
    outcome: '',
  }));
}

/** Gives every row of a scores.csv to `take`; a missing file has none. Throws a UserError for a broken one. */
async function readRows(
  path: string,
  take: (image: string, row: Readonly<Record<string, string>>) => void,
): Promise<void> {
  const parser = csvRecords(path, { columns: true });
  try {
    for await (const row of parser as AsyncIterable<Readonly<Record<string, string>>>) {
      if (row['image'] !== undefined) take(row['image'], row);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} cannot be read (${errorText(error)}); put the right file back.`, {
      cause: error,
    });
  }
}

/** The split of each image as the run used it, from its scores.csv. Throws a UserError for a broken file. */
export async function readSplits(path: string): Promise<Map<string, Split>> {
  const found = new Map<string, Split>();
  await readRows(path, (image, row) => {
    const split = splitNames.find((name) => name === row['split']);
    if (split !== undefined) found.set(image, split);
  });
  return found;
}

/** The score of each image that has one, 0..1. Throws a UserError for a broken file. */
export async function readScores(path: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await readRows(path, (image, row) => {
    const text = row['score'] ?? '';
    const score = Number(text);
    if (text !== '' && score >= 0 && score <= 1) found.set(image, score);
  });
  return found;
}
