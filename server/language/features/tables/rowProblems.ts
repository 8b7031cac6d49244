/** What is wrong with the rows of a labels.csv that is being edited, each fault at its cell. */
import { counted } from '../../../../protocol/counted.ts';
import type { Finding, Severity, Split } from '../../../../protocol/dataset.ts';
import { nameKey } from '../../../../protocol/names.ts';
import { shareOf } from '../../../../protocol/numbers.ts';
import { cellWords, isInside } from '../../../data/labelsCsv.ts';
import { scoreFault } from '../../../runs/scoresFile.ts';
import type { CsvRecord, CsvTable } from './csvTable.ts';

export type RowCode =
  | 'header'
  | 'record'
  | 'no-image'
  | 'outside'
  | 'word'
  | 'missing-image'
  | 'missing-mask'
  | 'duplicate-row'
  | 'same-image'
  | 'finding'
  | 'mistake';

export interface RowProblem {
  readonly code: RowCode;
  /** `hint` is drawn in the text alone. */
  readonly severity: Severity | 'hint';
  readonly message: string;
  /** Record in the table. */
  readonly row: number;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly column?: string;
  /** Of a mistake: the label that would make it none. */
  readonly otherLabel?: 'ok' | 'defective';
}

/** A byte-identical image, with the split that it has now. */
export interface Twin {
  readonly image: string;
  readonly split: Split;
}

/** What the rows are checked against. */
export interface RowContext {
  /** `labels`: what a person writes; `scores`: what a run wrote, where only names are checked. */
  readonly kind: 'labels' | 'scores';
  /** False while the folder is being read: then nothing is missing. */
  readonly known: boolean;
  readonly hasImage: (image: string) => boolean;
  readonly hasFile: (path: string) => boolean;
  /** Byte-identical images in another split than this one. */
  readonly twins: (image: string) => readonly Twin[];
  /** What an inspection found of an image, other than twins. */
  readonly findings: (image: string) => readonly Finding[];
  /** How the active run misjudges an image, as a sentence, and the label that it would have given. */
  readonly mistake: (
    image: string,
  ) => { readonly message: string; readonly otherLabel: 'ok' | 'defective' } | undefined;
}

/** Rows by the `nameKey` of the image that they name. */
export type RowsByImage = ReadonlyMap<string, readonly number[]>;

/** Adds the rows from `from` up to (without) `to`. */
export function gatherRows(
  table: CsvTable,
  rows: Map<string, number[]>,
  from: number,
  to: number,
): void {
  for (let index = Math.max(1, from); index < to; index += 1) {
    const image = table.valueIn(index, 'image');
    if (image === undefined || image === '') continue;
    const key = nameKey(image);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [index]);
    else known.push(index);
  }
}

/** The whole table's rows by image. */
export function rowsByImage(table: CsvTable): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  gatherRows(table, rows, 1, table.size);
  return rows;
}

/** What is wrong with the header; then no row can be read. */
export function headerProblem(table: CsvTable): RowProblem | undefined {
  const record = table.record(0);
  if (record === undefined || table.column('image') !== undefined) return undefined;
  return {
    code: 'header',
    severity: 'error',
    message:
      'The header has no column "image", so that no row can be read; name the column of the paths "image".',
    row: 0,
    start: record.start,
    end: record.end,
  };
}

type Place = Pick<RowProblem, 'row' | 'start' | 'end' | 'column'>;

function placeOf(table: CsvTable, record: CsvRecord, row: number, column: string): Place {
  const cell = table.cell(record, column);
  if (cell === undefined || cell.start === cell.end) {
    return { row, start: record.start, end: record.end };
  }
  return { row, start: cell.start, end: cell.end, column };
}

function shapeProblem(table: CsvTable, record: CsvRecord): string | undefined {
  if (record.fault !== undefined) {
    return `This row cannot be read: ${record.fault}; rows from here on are not used. Mend or remove it.`;
  }
  const [cells, columns] = [record.cells.length, table.columns.length];
  if (cells === columns) return undefined;
  return `This row has ${counted(cells, 'cell')}, the header ${columns}; rows from here on are not used. Add or remove commas.`;
}

/** Every fault of one row. */
export function rowProblems(
  table: CsvTable,
  row: number,
  rows: RowsByImage,
  context: RowContext,
): RowProblem[] {
  const record = table.record(row);
  if (record === undefined) return [];
  const shape = shapeProblem(table, record);
  if (shape !== undefined) {
    const { start, end } = record;
    return [{ code: 'record', severity: 'error', message: shape, row, start, end }];
  }
  // Spreadsheets write rows of delimiters alone below what they hold.
  if (record.cells.every(({ value }) => value === '')) return [];
  const image = table.value(record, 'image') ?? '';
  const place = (column: string): Place => placeOf(table, record, row, column);
  if (image === '') {
    const message = 'This row names no image; write its path or remove the row.';
    return [{ code: 'no-image', severity: 'error', message, ...place('image') }];
  }
  if (context.kind === 'scores') {
    const score = table.value(record, 'score') ?? '';
    return [
      ...imageProblems(image, context, place('image')),
      ...scoreProblems(score, place('score')),
    ];
  }
  return [
    ...imageProblems(image, context, place('image')),
    ...duplicateProblems(table, row, record, rows.get(nameKey(image)) ?? [], place('image')),
    ...maskProblems(table.value(record, 'mask') ?? '', context, place('mask')),
    ...wordProblems(table, record, place),
    ...contentProblems(image, context, place('image'), place('split')),
  ];
}

const outside = (path: string, place: Place): RowProblem => ({
  code: 'outside',
  severity: 'error',
  message: `The path ${JSON.stringify(path)} leads out of the dataset folder; write one that is relative to it, with forward slashes.`,
  ...place,
});

function imageProblems(image: string, context: RowContext, place: Place): RowProblem[] {
  if (!isInside(image)) return [outside(image, place)];
  if (!context.known || context.hasImage(image)) return [];
  const scores = context.kind === 'scores';
  const message = scores
    ? `There is no image ${image} in the dataset any more.`
    : `There is no image ${image} in the dataset folder; mend the path or remove the row.`;
  const severity = scores ? 'information' : 'warning';
  return [{ code: 'missing-image', severity, message, ...place }];
}

function scoreProblems(score: string, place: Place): RowProblem[] {
  if (score === '' || shareOf(score) !== undefined) return [];
  const message = `${scoreFault(score)}; no score of this run is shown. Evaluate the run again.`;
  return [{ code: 'word', severity: 'error', message, ...place }];
}

function maskProblems(mask: string, context: RowContext, place: Place): RowProblem[] {
  if (mask === '') return [];
  if (!isInside(mask)) return [outside(mask, place)];
  if (!context.known || context.hasFile(mask)) return [];
  const message = `There is no mask ${mask} in the dataset folder; mend the path or empty the cell.`;
  return [{ code: 'missing-mask', severity: 'error', message, ...place }];
}

function duplicateProblems(
  table: CsvTable,
  row: number,
  record: CsvRecord,
  same: readonly number[],
  place: Place,
): RowProblem[] {
  const [first] = same;
  if (first === undefined || first === row) return [];
  const other = table.record(first);
  const text = (of: CsvRecord): string => of.cells.map(({ value }) => value).join('\0');
  const conflict = other !== undefined && text(other) !== text(record);
  const message = conflict
    ? 'This image has a row above that says something else; the one above is used. Keep one of them.'
    : 'This image has the same row above; remove one of them.';
  return [{ code: 'duplicate-row', severity: 'error', message, ...place }];
}

function wordProblems(
  table: CsvTable,
  record: CsvRecord,
  place: (column: string) => Place,
): RowProblem[] {
  return Object.entries(cellWords).flatMap(([column, words]): RowProblem[] => {
    const value = table.value(record, column) ?? '';
    if (value === '' || words.some((word) => word === value.toLowerCase())) return [];
    const message = `${column} is ${JSON.stringify(value)}, which is not one of ${words.join(', ')} or empty; the row is not used.`;
    return [{ code: 'word', severity: 'error', message, ...place(column) }];
  });
}

/**
 * What the pixels say: twins in another split, findings of an inspection, the active run's mistakes. They are
 * hints in the text: the list of problems has them already, at their images.
 */
function contentProblems(
  image: string,
  context: RowContext,
  place: Place,
  splitPlace: Place,
): RowProblem[] {
  const problems: RowProblem[] = [];
  const twins = context.twins(image);
  const [twin] = twins;
  if (twin !== undefined) {
    const others = twins.length > 1 ? ` (and ${twins.length - 1} more)` : '';
    const message = `${twin.image}${others} is the same image in ${twin.split}, so that results on it are too good; give both the same split, or remove one.`;
    problems.push({ code: 'same-image', severity: 'hint', message, ...splitPlace });
  }
  for (const { message } of context.findings(image)) {
    problems.push({ code: 'finding', severity: 'hint', message, ...place });
  }
  const mistake = context.mistake(image);
  if (mistake !== undefined) {
    problems.push({ code: 'mistake', severity: 'hint', ...mistake, ...place });
  }
  return problems;
}
