/** scores.csv: one row for every image of the dataset; paths are guarded against spreadsheets (csv.ts). */
import { dirname } from 'node:path';
import { splitNames } from '../../protocol/dataset.ts';
import type { Label, Sample, Split } from '../../protocol/dataset.ts';
import { shareOf } from '../../protocol/numbers.ts';
import type { Outcome } from '../../protocol/run.ts';
import { csvRecords } from '../files/csvStream.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { assertNoLinks } from '../files/kept.ts';
import { pathField, pathOfCell } from './csv.ts';
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

type Cells = Readonly<Record<string, string>>;
/** A record with its place in the file. */
interface Row {
  readonly record: Cells;
  readonly info: { readonly lines: number };
}

const header = 'image,label,supervision,split,score,outcome\n';
/** Rows are handed to the disk in portions of this many. */
const portion = 1000;

function rowText(row: ScoreRow): string {
  const label = isLabelled(row) ? row.label : '';
  const score = row.score === null ? '' : shortestFloat32(row.score);
  const rest = [label, row.supervision, row.split, score, row.outcome];
  return `${pathField(row.image)},${rest.join(',')}\n`;
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

/** What the cells of a row that are read again say, or why they cannot. */
function cellsOf(row: Cells): { readonly split: Split; readonly score: number | null } | string {
  const split = splitNames.find((name) => name === row['split']);
  if (split === undefined) return `split is ${JSON.stringify(row['split'] ?? '')}`;
  const text = row['score'] ?? '';
  const score = text === '' ? null : shareOf(text);
  if (score === undefined) return scoreFault(text);
  return { split, score };
}

/** Why the text of a score is none, to go on after a place. */
export const scoreFault = (text: string): string =>
  `score is ${JSON.stringify(text.slice(0, 60))}, not a number from 0 to 1`;

/** Gives every row of a scores.csv to `take`; a missing file has none. Throws a UserError for a broken one. */
async function readRows(
  path: string,
  take: (image: string, split: Split, score: number | null) => void,
): Promise<void> {
  await assertNoLinks(dirname(path), path);
  const parser = csvRecords(path, { columns: true, info: true });
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      if (record['image'] === undefined) continue;
      const cells = cellsOf(record);
      if (typeof cells === 'string') {
        throw new UserError(
          `${path}, line ${info.lines}: ${cells}; put the right file back, or evaluate the run again.`,
        );
      }
      take(pathOfCell(record['image']), cells.split, cells.score);
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
  await readRows(path, (image, split) => void found.set(image, split));
  return found;
}

/** The score of each image that has one, 0..1. Throws a UserError for a broken file. */
export async function readScores(path: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await readRows(path, (image, _, score) => {
    if (score !== null) found.set(image, score);
  });
  return found;
}
