/** Ways out of what is wrong with a row, as edits of the text. */
import { isAbsolute } from 'node:path';
import { nameKey } from '../../../../protocol/names.ts';
import { cellWords } from '../../../data/labelsCsv.ts';
import { csvField } from '../../../runs/csv.ts';
import type { CsvRecord, CsvTable } from './csvTable.ts';
import { nearestNames, wordsByNearness } from './nearest.ts';
import type { RowProblem, RowsByImage, Twin } from './rowProblems.ts';

export interface OffsetEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  /** Of the text. */
  readonly edits: readonly OffsetEdit[];
  /** Instead of edits: opens the image of the row, to look at it or to paint its mask. */
  readonly opens?: { readonly image: string; readonly way: 'open' | 'mask' };
  /** The one that is probably meant. */
  readonly preferred?: boolean;
}

/** What fixes are made from. */
export interface FixContext {
  /** Names that an image may have, and any file. */
  readonly images: () => readonly string[];
  readonly files: () => readonly string[];
  /** Path inside the dataset folder of an absolute one; undefined outside of it. */
  readonly relative: (path: string) => string | undefined;
  readonly twins: (image: string) => readonly Twin[];
  readonly stopped: () => boolean;
}

/** Names that are offered for a path that is not there. */
const offered = 3;

/** Long names are shown by their end. */
const shown = (text: string): string => (text.length > 60 ? `…${text.slice(-59)}` : text);

/** Takes rows out; one edit for rows that follow each other, so that edits never touch. */
export function removeRows(table: CsvTable, rows: readonly number[]): OffsetEdit[] {
  const edits: { start: number; end: number; text: string }[] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const record = table.record(row);
    if (record === undefined) continue;
    const last = edits.at(-1);
    if (last?.end === record.start) last.end = record.next;
    else edits.push({ start: record.start, end: record.next, text: '' });
  }
  return edits;
}

/** Puts a value into a cell; undefined where the table has no such column. */
export function replaceCell(
  table: CsvTable,
  record: CsvRecord,
  column: string,
  value: string,
): OffsetEdit | undefined {
  const cell = table.cell(record, column);
  const text = value.includes(table.delimiter)
    ? `"${value.replaceAll('"', '""')}"`
    : csvField(value);
  return cell && { start: cell.start, end: cell.end, text };
}

function pathFixes(
  table: CsvTable,
  problem: RowProblem,
  record: CsvRecord,
  context: FixContext,
): Fix[] {
  const { column } = problem;
  if (column === undefined) return [];
  const value = table.value(record, column) ?? '';
  const names = column === 'mask' ? context.files() : context.images();
  const inside = isAbsolute(value) ? context.relative(value) : undefined;
  const near = [
    ...(inside === undefined ? [] : [inside]),
    ...nearestNames(value, names, offered, context.stopped),
  ];
  return [...new Set(near)].flatMap((name, place): Fix[] => {
    const edit = replaceCell(table, record, column, name);
    if (edit === undefined) return [];
    return [{ title: `Replace by ${shown(name)}`, edits: [edit], preferred: place === 0 }];
  });
}

function wordFixes(table: CsvTable, { column }: RowProblem, record: CsvRecord): Fix[] {
  const words = Object.entries(cellWords).find(([name]) => name === column)?.[1];
  if (column === undefined || words === undefined) return [];
  const sorted = wordsByNearness(table.value(record, column) ?? '', words);
  return sorted.flatMap((word, place): Fix[] => {
    const edit = replaceCell(table, record, column, word);
    if (edit === undefined) return [];
    return [{ title: `Replace by ${word}`, edits: [edit], preferred: place === 0 }];
  });
}

function duplicateFixes(table: CsvTable, record: CsvRecord, rows: RowsByImage): Fix[] {
  const same = rows.get(nameKey(table.value(record, 'image') ?? '')) ?? [];
  if (same.length < 2) return [];
  return [
    { title: 'Keep the first row of this image', edits: removeRows(table, same.slice(1)) },
    { title: 'Keep the last row of this image', edits: removeRows(table, same.slice(0, -1)) },
  ];
}

function splitFixes(table: CsvTable, record: CsvRecord, context: FixContext): Fix[] {
  const twins = context.twins(table.value(record, 'image') ?? '');
  const splits = new Map(twins.map((twin) => [twin.split, twin.image]));
  return [...splits].flatMap(([split, image]): Fix[] => {
    const edit = replaceCell(table, record, 'split', split);
    return edit === undefined
      ? []
      : [{ title: `Move to ${split}, where ${shown(image)} is`, edits: [edit] }];
  });
}

/** What can be done about a problem of a row of labels.csv. */
export function fixesFor(
  table: CsvTable,
  problem: RowProblem,
  rows: RowsByImage,
  context: FixContext,
): Fix[] {
  const record = table.record(problem.row);
  if (record === undefined) return [];
  const remove: Fix = { title: 'Remove this row', edits: removeRows(table, [problem.row]) };
  switch (problem.code) {
    case 'record':
    case 'no-image':
      return [remove];
    case 'outside':
    case 'missing-image':
      return [
        ...pathFixes(table, problem, record, context),
        ...emptied(table, problem, record),
        remove,
      ];
    case 'missing-mask':
      return [...pathFixes(table, problem, record, context), ...emptied(table, problem, record)];
    case 'word':
      return [...wordFixes(table, problem, record), ...emptied(table, problem, record)];
    case 'duplicate-row':
      return duplicateFixes(table, record, rows);
    case 'same-image':
      return splitFixes(table, record, context);
    case 'mistake':
      return mistakeFixes(table, problem, record);
    case 'header':
    case 'finding':
      return [];
  }
}

/** The label may be wrong, or the mask that the model learned from. */
function mistakeFixes(
  table: CsvTable,
  { otherLabel: turned = 'ok' }: RowProblem,
  record: CsvRecord,
): Fix[] {
  const image = table.value(record, 'image') ?? '';
  const edit = replaceCell(table, record, 'label', turned);
  const supervision = turned === 'ok' ? replaceCell(table, record, 'supervision', '') : undefined;
  const edits = [edit, supervision].filter((one) => one !== undefined);
  return [
    { title: 'Paint its mask in the mask editor', edits: [], opens: { image, way: 'mask' } },
    ...(edit === undefined ? [] : [{ title: `Label it ${turned}`, edits }]),
    { title: 'Look at the plain image', edits: [], opens: { image, way: 'open' } },
  ];
}

/** An empty cell keeps what the folders say, which only an image's own path may not. */
function emptied(table: CsvTable, { column }: RowProblem, record: CsvRecord): Fix[] {
  if (column === undefined || column === 'image' || column === 'label') return [];
  const edit = replaceCell(table, record, column, '');
  return edit === undefined ? [] : [{ title: `Empty the ${column}`, edits: [edit] }];
}
