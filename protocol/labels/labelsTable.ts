/**
 * The bytes of a labels.csv as a table: which of them are which cell. Reads what the server reads (RFC 4180
 * as csv-parse has it, a test compares the two), but keeps the place of every cell, which csv-parse does
 * not give: edits replace these bytes and leave all others as they are.
 */

import { isUtf8 } from 'node:buffer';
import { nameKey } from '../names.ts';
import { columnName, dialectOf, headOfDialect } from './labelsDialect.ts';
import type { Delimiter } from './labelsDialect.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Bytes to put in the place of others. */
export interface Splice extends Span {
  readonly bytes: Uint8Array;
}

/** Why a file cannot be read as labels.csv. `bytes`: a line is not UTF-8, as of a spreadsheet that saves in its own encoding. */
export type TableFault =
  | { readonly kind: 'encoding' }
  | { readonly kind: 'bytes'; readonly line: number }
  | {
      readonly kind: 'quote-inside' | 'after-quote' | 'quote-open' | 'no-image-column';
      readonly line: number;
    }
  | {
      readonly kind: 'cells';
      readonly line: number;
      readonly found: number;
      readonly expected: number;
    };

export class LabelsFileError extends Error {
  override readonly name = 'LabelsFileError';
  readonly fault: TableFault;

  constructor(fault: TableFault) {
    super(fault.kind);
    this.fault = fault;
  }
}

export interface LabelsTable {
  readonly bytes: Buffer;
  /** Without its line end; undefined in a file without records. */
  readonly header: Span | undefined;
  /** Names of the columns, trimmed. */
  readonly columns: readonly string[];
  /** Where the records after the header begin, and where they end (before their line ends). */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The first row of each image, by its `nameKey`. */
  readonly rowOf: ReadonlyMap<string, number>;
  readonly lineEnd: Uint8Array;
  /** What stands between cells. */
  readonly delimiter: Delimiter;
}

const quote = 0x22;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const newline = Uint8Array.of(lineFeed);

/** The bytes of any array, without a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Goes through the records of a file. */
class Scanner {
  readonly bytes: Buffer;
  readonly #delimiter: number;
  /** As in csv-parse, the first one found holds for the whole file. */
  lineEnd: Uint8Array | undefined;
  /** Where the cells of the last record begin and end. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  constructor(bytes: Buffer, delimiter: Delimiter, lineEnd?: Uint8Array) {
    this.bytes = bytes;
    this.#delimiter = delimiter.charCodeAt(0);
    this.lineEnd = lineEnd;
  }

  /** The length of the line end at a place; 0 where there is none. */
  lineEndAt(at: number): number {
    const { bytes, lineEnd } = this;
    const byte = bytes[at];
    if (lineEnd === undefined) {
      if (byte !== carriageReturn && byte !== lineFeed) return 0;
      const pair = byte === carriageReturn && bytes[at + 1] === lineFeed;
      this.lineEnd = pair ? Uint8Array.of(carriageReturn, lineFeed) : Uint8Array.of(byte);
      return this.lineEnd.length;
    }
    if (byte !== lineEnd[0]) return 0;
    if (lineEnd.length === 2 && bytes[at + 1] !== lineEnd[1]) return 0;
    return lineEnd.length;
  }

  /** The number of the line that a place is in, from 1. */
  lineOf(at: number): number {
    const mark = this.lineEnd?.length === 1 ? this.lineEnd[0] : lineFeed;
    let line = 1;
    for (let i = 0; i < at; i += 1) if (this.bytes[i] === mark) line += 1;
    return line;
  }

  /** Reads the record that begins at `from`; gives where it ends. */
  record(from: number): number {
    this.starts.length = 0;
    this.ends.length = 0;
    for (let at = from; ; at += 1) {
      this.starts.push(at);
      at = this.bytes[at] === quote ? this.#quotedEnd(at) : this.#plainEnd(at);
      this.ends.push(at);
      if (this.bytes[at] !== this.#delimiter) return at;
    }
  }

  #plainEnd(from: number): number {
    const { bytes } = this;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === this.#delimiter) return at;
      if (byte === quote) {
        throw new LabelsFileError({ kind: 'quote-inside', line: this.lineOf(at) });
      }
      if ((byte === lineFeed || byte === carriageReturn) && this.lineEndAt(at) > 0) return at;
    }
    return bytes.length;
  }

  #quotedEnd(from: number): number {
    const { bytes } = this;
    for (let at = from + 1; at < bytes.length; at += 1) {
      if (bytes[at] !== quote) continue;
      const after = at + 1;
      if (bytes[after] === quote) {
        at = after;
        continue;
      }
      const closed =
        after === bytes.length || bytes[after] === this.#delimiter || this.lineEndAt(after) > 0;
      if (closed) return after;
      throw new LabelsFileError({ kind: 'after-quote', line: this.lineOf(after) });
    }
    throw new LabelsFileError({ kind: 'quote-open', line: this.lineOf(from) });
  }
}

function textOf(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== quote) return bytes.toString('utf8', start, end);
  return bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
}

function afterByteOrderMark([first, second, third]: Uint8Array): number {
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (utf16) throw new LabelsFileError({ kind: 'encoding' });
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}

/** The first place from `at` on that is no empty line. */
function afterEmptyLines(scanner: Scanner, at: number): number {
  for (;;) {
    const length = scanner.lineEndAt(at);
    if (length === 0) return at;
    at += length;
  }
}

/** Text added in UTF-8 to a file in another encoding could be read by nobody. */
function assertUtf8(bytes: Buffer): void {
  if (isUtf8(bytes)) return;
  let line = 1;
  for (let at = 0; at < bytes.length; line += 1) {
    const found = bytes.indexOf(lineFeed, at);
    const end = found < 0 ? bytes.length : found + 1;
    if (!isUtf8(bytes.subarray(at, end))) throw new LabelsFileError({ kind: 'bytes', line });
    at = end;
  }
}

interface Header extends Span {
  readonly columns: readonly string[];
  readonly imageColumn: number;
}

function readHeader(scanner: Scanner, start: number): Header {
  const end = scanner.record(start);
  const columns = scanner.starts.map((from, i) =>
    columnName(textOf(scanner.bytes, from, scanner.ends[i] ?? from)),
  );
  // As in the server's reader, the last of several columns of a name is the one that counts.
  const imageColumn = columns.lastIndexOf('image');
  if (imageColumn < 0) {
    throw new LabelsFileError({ kind: 'no-image-column', line: scanner.lineOf(start) });
  }
  return { start, end, columns, imageColumn };
}

/** Reads records from `at` on behind the rows that are known. */
function readRows(
  scanner: Scanner,
  from: number,
  rows: { starts: number[]; ends: number[]; rowOf: Map<string, number> },
  { columns, imageColumn }: Pick<Header, 'columns' | 'imageColumn'>,
): void {
  const { bytes } = scanner;
  for (let at = from; at < bytes.length;) {
    const end = scanner.record(at);
    const found = scanner.starts.length;
    if (found !== columns.length) {
      const line = scanner.lineOf(at);
      throw new LabelsFileError({ kind: 'cells', line, found, expected: columns.length });
    }
    const [start, stop] = [scanner.starts[imageColumn] ?? at, scanner.ends[imageColumn] ?? end];
    const image = nameKey(textOf(bytes, start, stop).trim());
    if (!rows.rowOf.has(image)) rows.rowOf.set(image, rows.starts.length);
    rows.starts.push(at);
    rows.ends.push(end);
    at = afterEmptyLines(scanner, end);
  }
}

/** Finds the records. Throws a LabelsFileError for what the server would refuse to read on. */
export function parseLabels(content: Uint8Array): LabelsTable {
  const bytes = bufferOf(content);
  const { delimiter, skipped } = dialectOf(bytes.toString('latin1', 0, headOfDialect));
  const scanner = new Scanner(bytes, delimiter);
  const rows = { starts: [], ends: [], rowOf: new Map<string, number>() };
  const start = afterByteOrderMark(bytes);
  assertUtf8(bytes);
  const at = afterEmptyLines(scanner, Math.max(start, skipped));
  const header = at < bytes.length ? readHeader(scanner, at) : undefined;
  const { columns = [] } = header ?? {};
  if (header !== undefined) readRows(scanner, afterEmptyLines(scanner, header.end), rows, header);
  return { bytes, header, columns, ...rows, lineEnd: scanner.lineEnd ?? newline, delimiter };
}

/**
 * The table after splices that change cells or add rows at the end; undefined for others, which parseLabels
 * has to read. Spares reading 100,000 rows after every label. Takes the map of the old table over.
 */
export function advanced(
  table: LabelsTable,
  splices: readonly Splice[],
  content: Uint8Array,
): LabelsTable | undefined {
  const { header } = table;
  const last = table.starts.length - 1;
  if (header === undefined || last < 0) return undefined;
  if ((splices[0]?.start ?? 0) <= header.end) return undefined;
  const rows = { starts: [] as number[], ends: [] as number[], rowOf: new Map(table.rowOf) };
  let shift = 0;
  let next = 0;
  for (let row = 0; row < last; row += 1) {
    const [start = 0, end = 0] = [table.starts[row], table.ends[row]];
    rows.starts.push(start + shift);
    for (let splice = splices[next]; splice !== undefined && splice.start <= end;) {
      if (splice.start < start || splice.end > end) return undefined;
      shift += splice.bytes.length - (splice.end - splice.start);
      splice = splices[(next += 1)];
    }
    rows.ends.push(end + shift);
  }
  const from = table.starts[last] ?? 0;
  const rest = splices[next];
  if (rest !== undefined && rest.start < from) return undefined;
  const scanner = new Scanner(bufferOf(content), table.delimiter, table.lineEnd);
  const imageColumn = table.columns.lastIndexOf('image');
  readRows(scanner, from + shift, rows, { columns: table.columns, imageColumn });
  return { ...table, ...rows, bytes: scanner.bytes };
}

/** Where the first row of an image is. */
export function rowSpan(table: LabelsTable, image: string): Span | undefined {
  const row = table.rowOf.get(nameKey(image));
  if (row === undefined) return undefined;
  const [start, end] = [table.starts[row], table.ends[row]];
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** Where the cells of a record are. */
export function cellSpans({ bytes, lineEnd, delimiter }: LabelsTable, record: Span): Span[] {
  const scanner = new Scanner(bytes, delimiter, lineEnd);
  scanner.record(record.start);
  return scanner.starts.map((start, i) => ({ start, end: scanner.ends[i] ?? start }));
}

/** What a cell says, without quotes and white space around it. */
export function cellText({ bytes }: LabelsTable, { start, end }: Span): string {
  return textOf(bytes, start, end).trim();
}

/** A cell that says `text`, quoted where it must be. */
export function encodeCell(text: string, delimiter: Delimiter): string {
  return /["\r\n]/.test(text) || text.includes(delimiter)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}
