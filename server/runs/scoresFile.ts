/** scores.csv: one row for every image of the dataset, verbatim (RFC 4180). */
import type { Label, Split } from '../../protocol/dataset.ts';
import type { Outcome } from '../../protocol/run.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { csvField } from './csv.ts';
import { shortestFloat32 } from './float32.ts';

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
  const label = row.label === 'ok' || row.label === 'defective' ? row.label : '';
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
