/** Which images the page shows: mistakes first, the worst of them on top. */
import type { Split } from '../../protocol/dataset.ts';
import type { ScoreRow } from '../runs/scoresFile.ts';

export interface PictureGroup {
  readonly title: string;
  /** One sentence for when there are none. */
  readonly none: string;
  readonly rows: readonly ScoreRow[];
  /** How many there are in all. */
  readonly all: number;
}

const mostShown = 12;

/** Missed defects, false alarms, and the least certain of what was right, of a split. */
export function chooseRows(
  rows: readonly ScoreRow[],
  split: Split,
  threshold: number,
): PictureGroup[] {
  const scored = rows.filter((row) => row.split === split && row.score !== null);
  const score = (row: ScoreRow): number => row.score ?? 0;
  const of = (outcome: ScoreRow['outcome'], compare: (a: ScoreRow, b: ScoreRow) => number) =>
    scored.filter((row) => row.outcome === outcome).sort(compare);
  const low = (a: ScoreRow, b: ScoreRow): number => score(a) - score(b);
  const high = (a: ScoreRow, b: ScoreRow): number => score(b) - score(a);
  const certain = (row: ScoreRow): number => Math.abs(score(row) - threshold);
  const missed = of('FN', low);
  const alarms = of('FP', high);
  const found = of('TP', (a, b) => certain(a) - certain(b));
  const passed = of('TN', (a, b) => certain(a) - certain(b));
  const group = (title: string, none: string, all: readonly ScoreRow[], shown = mostShown) => ({
    ...{ title, none, all: all.length },
    rows: all.slice(0, shown),
  });
  return [
    group('Missed defects', 'No defect was missed.', missed),
    group('False alarms', 'There was no false alarm.', alarms),
    group('Defects found, the least certain first', 'No defect was found.', found, 8),
    group('Good images, the least certain first', 'No good image was passed.', passed, 4),
  ];
}
