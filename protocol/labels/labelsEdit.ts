/**
 * Setting cells of labels.csv. Cells that say the same already keep their bytes, rows that are not concerned
 * keep theirs, unknown columns and rows stay; see docs/decisions/labels-bytes.md for what is added.
 */
import { nameKey } from '../names.ts';
import { allColumns } from './labelsDialect.ts';
import type { Column } from './labelsDialect.ts';
import type { Content, Patch, RowChange } from './labelsPatch.ts';
import { appendedRows, spliced } from './labelsPatch.ts';
import type { LabelsTable, Span, Splice } from './labelsTable.ts';
import { cellSpans, cellText, encodeCell, rowSpan } from './labelsTable.ts';

export { allColumns } from './labelsDialect.ts';
export type { Column } from './labelsDialect.ts';

/** What cells are to say. */
export type Cells = ReadonlyMap<Column, string>;

/** The label cell (`ok`, `defective`, '') that an image's label is now, for rows that need one; by name or `nameKey`. */
export type KnownLabels = ReadonlyMap<string, string>;

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

/** Columns that have to be added. An empty cell says the same as none, but for an empty label. */
function missingColumns({ header, columns }: LabelsTable, cells: Cells): Column[] {
  if (header === undefined) return [];
  return [...cells.keys()].filter(
    (column) => !columns.includes(column) && (cells.get(column) !== '' || column === 'label'),
  );
}

/**
 * Images whose present label must be known before the edit: an empty label cell means unlabelled, so that
 * a row made for something else, and all rows where the column is new, have to repeat the label.
 */
export function imagesOfUnknownLabel(
  table: LabelsTable,
  images: readonly string[],
  cells: Cells,
): string[] {
  if (missingColumns(table, cells).includes('label')) {
    const set = new Set(images.map(nameKey));
    return [...table.rowOf.keys()].filter((image) => image !== '' && !set.has(image));
  }
  const labelled = table.header === undefined || table.columns.includes('label');
  if (!labelled || cells.has('label')) return [];
  return images.filter((image) => !table.rowOf.has(nameKey(image)));
}

interface RowEdit extends Span {
  readonly image: string;
  readonly splices: readonly Splice[];
}

/** Appends cells to every row: RFC 4180 readers, ours among them, refuse rows of different lengths. */
function widened(
  table: LabelsTable,
  added: readonly Column[],
  valueOf: (image: string, column: Column, first: boolean) => string,
): Map<number, Splice> {
  const imageColumn = table.columns.lastIndexOf('image');
  const splices = new Map<number, Splice>();
  table.starts.forEach((start, row) => {
    const end = table.ends[row] ?? start;
    const cell = cellSpans(table, { start, end })[imageColumn];
    const image = cell === undefined ? '' : cellText(table, cell);
    const first = table.rowOf.get(nameKey(image)) === row;
    const { delimiter } = table;
    const text = added
      .map((column) => delimiter + encodeCell(valueOf(image, column, first), delimiter))
      .join('');
    splices.set(start, { start: end, end, bytes: utf8(text) });
  });
  return splices;
}

function cellSplices(table: LabelsTable, row: Span, cells: Cells): Splice[] {
  const spans = cellSpans(table, row);
  return [...cells].flatMap(([column, value]) => {
    const span = spans[table.columns.lastIndexOf(column)];
    if (span === undefined || cellText(table, span) === value) return [];
    return [{ ...span, bytes: utf8(encodeCell(value, table.delimiter)) }];
  });
}

function newRow(
  { delimiter }: LabelsTable,
  columns: readonly string[],
  image: string,
  cells: Cells,
  known: KnownLabels,
): Uint8Array {
  const texts = columns.map((name) => {
    if (name === 'image') return image;
    const column = allColumns.find((one) => one === name);
    const text = column === undefined ? undefined : cells.get(column);
    return text ?? (name === 'label' ? (known.get(image) ?? '') : '');
  });
  return utf8(texts.map((text) => encodeCell(text, delimiter)).join(delimiter));
}

/** Edits of the rows that are there, in order. */
function rowEdits(
  table: LabelsTable,
  images: Iterable<string>,
  cells: Cells,
  appended: ReadonlyMap<number, Splice>,
): RowEdit[] {
  const edits = new Map<number, RowEdit>();
  for (const image of images) {
    const span = rowSpan(table, image);
    if (span === undefined) continue;
    const splices = cellSplices(table, span, cells).sort((a, b) => a.start - b.start);
    edits.set(span.start, { image, ...span, splices });
  }
  for (const [start, splice] of appended) {
    const known = edits.get(start) ?? { image: '', start, end: splice.end, splices: [] };
    edits.set(start, { ...known, splices: [...known.splices, splice] });
  }
  const changed = [...edits.values()].filter(({ splices }) => splices.length > 0);
  return changed.sort((a, b) => a.start - b.start);
}

function rowChange(table: LabelsTable, { image, start, end, splices }: RowEdit): RowChange {
  const before = Uint8Array.from(table.bytes.subarray(start, end));
  const local = splices.map((splice) => ({
    ...splice,
    start: splice.start - start,
    end: splice.end - start,
  }));
  return { image, before, after: spliced(before, local) };
}

/** The header of a file that has none yet, with its line end. */
function firstHeader(table: LabelsTable): Splice[] {
  if (table.header !== undefined) return [];
  const { length } = table.bytes;
  const bytes = Buffer.concat([utf8(allColumns.join(',')), table.lineEnd]);
  return [{ start: length, end: length, bytes }];
}

/** Sets cells in the rows of images; undefined when they say so already. Images without a row get one. */
export function planEdit(
  content: Content,
  table: LabelsTable,
  images: readonly string[],
  cells: Cells,
  known: KnownLabels,
): Patch | undefined {
  const set = new Map(images.map((image) => [nameKey(image), image]));
  const added = missingColumns(table, cells);
  const valueOf = (image: string, column: Column, first: boolean): string => {
    if (first && set.has(nameKey(image))) return cells.get(column) ?? '';
    return first && column === 'label' ? (known.get(image) ?? known.get(nameKey(image)) ?? '') : '';
  };
  const appended = added.length === 0 ? new Map<number, Splice>() : widened(table, added, valueOf);
  const edits = rowEdits(table, set.values(), cells, appended);
  const columns = table.header === undefined ? allColumns : [...table.columns, ...added];
  const fresh = [...set.values()].filter((image) => !table.rowOf.has(nameKey(image)));
  const rows = fresh.map((image) => newRow(table, columns, image, cells, known));
  const headerText = added.map((column) => table.delimiter + column).join('');
  const { header } = table;
  const headerSplices: Splice[] =
    header === undefined || added.length === 0
      ? firstHeader(table)
      : [{ start: header.end, end: header.end, bytes: utf8(headerText) }];
  const splices = [
    ...headerSplices,
    ...edits.flatMap((edit) => edit.splices),
    ...appendedRows(table, rows),
  ];
  if (edits.length === 0 && rows.length === 0) return undefined;
  return {
    from: content.fingerprint,
    splices,
    removesFile: false,
    header:
      header === undefined
        ? utf8(allColumns.join(','))
        : Uint8Array.from(table.bytes.subarray(header.start, header.end)),
    rows: [
      ...(added.length > 0 ? [] : edits.map((edit) => rowChange(table, edit))),
      ...fresh.map((image, i) => ({ image, before: undefined, after: rows[i] })),
    ],
    everyRow: added.length > 0,
  };
}
