/**
 * A CSV text as an editor needs it: every record with its place in the text, cells only when asked for.
 * 100,000 rows are one pass over the characters; quoted cells may span lines (RFC 4180).
 */

import { columnName, dialectOf, headOfDialect } from '../../../../protocol/labels/labelsDialect.ts';
import type { Delimiter } from '../../../../protocol/labels/labelsDialect.ts';

export interface Cell {
  /** Offsets in the text, quotes included. */
  readonly start: number;
  readonly end: number;
  /** Without quotes and the blanks around. */
  readonly value: string;
}

export interface CsvRecord {
  /** Offsets in the text, without the line break. */
  readonly start: number;
  readonly end: number;
  /** Where the next record begins. */
  readonly next: number;
  readonly cells: readonly Cell[];
  /** Why readers of CSV stop here; undefined for a sound record. */
  readonly fault: string | undefined;
}

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = 0xfeff;

/** Offset after the line break at `at`; `at` itself where there is none. */
function afterBreak(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === lineFeed) return at + 1;
  if (code !== carriageReturn) return at;
  return text.charCodeAt(at + 1) === lineFeed ? at + 2 : at + 1;
}

/** Where the quoted cell that begins at `start` ends, after its closing quote; undefined without one. */
function endOfQuoted(text: string, start: number): number | undefined {
  for (let at = start + 1; ;) {
    const found = text.indexOf('"', at);
    if (found < 0) return undefined;
    if (text.charCodeAt(found + 1) !== quote) return found + 1;
    at = found + 2;
  }
}

function unquoted(raw: string): string {
  if (!raw.startsWith('"')) return raw.trim();
  const closed = raw.length > 1 && raw.endsWith('"');
  return raw
    .slice(1, closed ? -1 : undefined)
    .replaceAll('""', '"')
    .trim();
}

export class CsvTable {
  readonly text: string;
  readonly #meaning: ((value: string) => string) | undefined;
  readonly #starts: readonly number[];
  readonly #ends: readonly number[];
  readonly #columns = new Map<string, number>();
  readonly columns: readonly string[];
  readonly delimiter: Delimiter;

  /** `meaning`: what the value of a cell of the column `image` stands for, where it is not itself. */
  constructor(text: string, meaning?: (value: string) => string) {
    this.text = text;
    this.#meaning = meaning;
    const { delimiter, skipped } = dialectOf(text.slice(0, headOfDialect));
    this.delimiter = delimiter;
    const { starts, ends } = findRecords(text, delimiter, skipped);
    this.#starts = starts;
    this.#ends = ends;
    this.columns = this.record(0)?.cells.map(({ value }) => columnName(value)) ?? [];
    // As in the other readers of labels.csv, the last of several columns of a name counts.
    this.columns.forEach((name, place) => this.#columns.set(name, place));
  }

  /** Records with the header, which is record 0; empty lines are none. */
  get size(): number {
    return this.#starts.length;
  }

  /** Place of a column; undefined when the header has none of this name. */
  column(name: string): number | undefined {
    return this.#columns.get(name);
  }

  record(index: number): CsvRecord | undefined {
    const start = this.#starts[index];
    const end = this.#ends[index];
    if (start === undefined || end === undefined) return undefined;
    const record = recordAt(this.text, start, end, this.delimiter);
    if (this.#meaning === undefined || index === 0) return record;
    const place = this.#columns.get('image');
    const cell = place === undefined ? undefined : record.cells[place];
    if (cell === undefined || place === undefined) return record;
    return {
      ...record,
      cells: record.cells.with(place, { ...cell, value: this.#meaning(cell.value) }),
    };
  }

  /** The same as `value` of a record, without its other cells: for a look at all rows. */
  valueIn(index: number, column: string): string | undefined {
    const start = this.#starts[index];
    const place = this.#columns.get(column);
    if (start === undefined || place === undefined) return undefined;
    const record = this.text.slice(start, this.#ends[index]);
    let at = 0;
    for (let left = place; left > 0; left -= 1) {
      at = cellEnd(record, at, this.delimiter).end + 1;
      if (at > record.length) return undefined;
    }
    const value = unquoted(record.slice(at, cellEnd(record, at, this.delimiter).end));
    return column === 'image' && this.#meaning !== undefined ? this.#meaning(value) : value;
  }

  /** The trimmed value of a cell; undefined where the row or column is not there. */
  value(record: CsvRecord, column: string): string | undefined {
    return this.cell(record, column)?.value;
  }

  cell(record: CsvRecord, column: string): Cell | undefined {
    const place = this.#columns.get(column);
    return place === undefined ? undefined : record.cells[place];
  }

  /** The record that an offset lies in or after; -1 before the first. */
  indexAt(offset: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Indexes of the rows (without the header) that touch a range of offsets. */
  rowsIn(start: number, end: number): number[] {
    const rows: number[] = [];
    const last = this.indexAt(end);
    for (let index = Math.max(1, this.indexAt(start)); index <= last; index += 1) rows.push(index);
    return rows;
  }
}

/** The next place of a character from a position on; asked with growing positions, it looks at each place once. */
function finder(text: string, character: string): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const next = text.indexOf(character, from);
      found = next < 0 ? text.length : next;
    }
    return found;
  };
}

/** Where records begin and end; empty lines are skipped, as the reader of labels.csv does. */
function findRecords(
  text: string,
  delimiter: Delimiter,
  from: number,
): { starts: readonly number[]; ends: readonly number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  const [nextFeed, nextReturn, nextQuote] = [
    finder(text, '\n'),
    finder(text, '\r'),
    finder(text, '"'),
  ];
  let at = Math.max(from, text.charCodeAt(0) === byteOrderMark ? 1 : 0);
  while (at < text.length) {
    const next = afterBreak(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    const line = Math.min(nextFeed(at), nextReturn(at));
    starts.push(at);
    at = nextQuote(at) < line ? endOfRecord(text, at, delimiter) : line;
    ends.push(at);
  }
  return { starts, ends };
}

/** Where the record that begins at `start` ends: at a line break outside of quotes. */
function endOfRecord(text: string, start: number, delimiter: Delimiter): number {
  let cellStart = true;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || code === carriageReturn) return at;
    if (cellStart && code === quote) {
      at = endOfQuoted(text, at) ?? text.length;
      cellStart = false;
      continue;
    }
    cellStart = code === delimiter.charCodeAt(0);
    at += 1;
  }
  return text.length;
}

/** The end of the cell that begins at `start` of a record's text, and what is wrong with its quotes. */
function cellEnd(
  record: string,
  start: number,
  delimiter: Delimiter,
): { end: number; fault?: string } {
  const at = record.charCodeAt(start) === quote ? endOfQuoted(record, start) : start;
  if (at === undefined) return { end: record.length, fault: 'a quoted cell has no closing quote' };
  const found = record.indexOf(delimiter, at);
  const end = found < 0 ? record.length : found;
  const rest = record.slice(at, end);
  if (at > start && rest !== '') return { end, fault: 'text follows a closing quote' };
  if (rest.includes('"')) return { end, fault: 'a quote stands in a cell without quotes' };
  return { end };
}

function recordAt(text: string, start: number, end: number, delimiter: Delimiter): CsvRecord {
  const record = text.slice(start, end);
  const cells: Cell[] = [];
  let fault: string | undefined;
  for (let at = 0; at <= record.length;) {
    const cell = cellEnd(record, at, delimiter);
    fault ??= cell.fault;
    const value = unquoted(record.slice(at, cell.end));
    cells.push({ start: start + at, end: start + cell.end, value });
    at = cell.end + 1;
  }
  return { start, end, next: afterBreak(text, end), cells, fault };
}
