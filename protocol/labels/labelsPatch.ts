/**
 * Edits of labels.csv as patches of its bytes. A patch knows the bytes it was made for, where applying it
 * and its inverse is exact to the byte, and the rows it changes, so that it can still be applied after
 * somebody else changed other rows.
 */
import { createHash } from 'node:crypto';
import type { LabelsTable, Span, Splice } from './labelsTable.ts';
import { bufferOf, rowSpan } from './labelsTable.ts';

/** A record without its line end; undefined where there is none. */
export interface RowChange {
  readonly image: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

export interface Patch {
  /** Fingerprint of the file that `splices` are for. */
  readonly from: string;
  /** In order, not overlapping. */
  readonly splices: readonly Splice[];
  /** The patch takes back the making of the file. */
  readonly removesFile: boolean;
  /** The rows of the patch can be told and mean the same only under this header. */
  readonly header: Uint8Array;
  readonly rows: readonly RowChange[];
  /** A column comes or goes, which touches every row: it can be applied to nothing but the very file. */
  readonly everyRow: boolean;
}

/** A file as it is now; undefined: there is none. */
export interface Content {
  readonly bytes: Uint8Array | undefined;
  readonly fingerprint: string;
}

/** Somebody else changed the rows of a patch. */
export class ChangedSince extends Error {
  override readonly name = 'ChangedSince';
}

export function contentOf(bytes: Uint8Array | undefined): Content {
  if (bytes === undefined) return { bytes, fingerprint: 'none' };
  return { bytes, fingerprint: createHash('sha256').update(bytes).digest('hex') };
}

const copy = (bytes: Uint8Array, { start, end }: Span): Uint8Array =>
  Uint8Array.from(bytes.subarray(start, end));

export function spliced(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, bytes: added } of splices) {
    parts.push(bytes.subarray(at, start), added);
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** The splices that take others back. Copies, so that a step does not hold the whole file. */
function inverted(bytes: Uint8Array, splices: readonly Splice[]): Splice[] {
  let shift = 0;
  return splices.map((splice) => {
    const start = splice.start + shift;
    shift += splice.bytes.length - (splice.end - splice.start);
    return { start, end: start + splice.bytes.length, bytes: copy(bytes, splice) };
  });
}

/** New rows behind the last one; a file without a last line end stays without. */
export function appendedRows(table: LabelsTable, rows: readonly Uint8Array[]): Splice[] {
  if (rows.length === 0) return [];
  const { length } = table.bytes;
  const open = (table.ends.at(-1) ?? table.header?.end) === length;
  const parts = rows.flatMap((row) => (open ? [table.lineEnd, row] : [row, table.lineEnd]));
  return [{ start: length, end: length, bytes: Buffer.concat(parts) }];
}

/** Takes a row out with its line end, or with the one before it where it is last and has none. */
function removal({ bytes, lineEnd }: LabelsTable, start: number, end: number): Splice {
  const none = new Uint8Array();
  if (end < bytes.length) return { start, end: end + lineEnd.length, bytes: none };
  return { start: start - lineEnd.length, end, bytes: none };
}

/** In order; a removal that takes the line end before it may reach into the one before. */
function inOrder(splices: readonly Splice[]): Splice[] {
  let free = 0;
  return [...splices]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, bytes }) => {
      const from = Math.max(start, free);
      free = end;
      return { start: from, end, bytes };
    });
}

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : bufferOf(a).equals(b);

/** The patch's changes as splices of a table in which its rows are as the patch left them. */
function rowSplices(table: LabelsTable, { rows, header }: Patch): Splice[] {
  const { bytes } = table;
  const found = table.header && bytes.subarray(table.header.start, table.header.end);
  if (!same(found, header)) throw new ChangedSince();
  const splices: Splice[] = [];
  const added: Uint8Array[] = [];
  for (const { image, before, after } of rows) {
    const span = rowSpan(table, image);
    if (!same(span && bytes.subarray(span.start, span.end), before)) throw new ChangedSince();
    if (span === undefined) added.push(...(after === undefined ? [] : [after]));
    else if (after === undefined) splices.push(removal(table, span.start, span.end));
    else splices.push({ ...span, bytes: after });
  }
  return [...inOrder(splices), ...appendedRows(table, added)];
}

export interface Applied {
  readonly content: Content;
  /** What was done to the bytes; undefined where the file came or went. */
  readonly splices: readonly Splice[] | undefined;
  readonly inverse: Patch;
}

/**
 * Applies a patch: exactly where the file is the one it was made for, row by row where others changed it.
 * Throws ChangedSince where they changed the same rows. `tableOf` reads the current bytes when needed.
 */
export function applyPatch(content: Content, tableOf: () => LabelsTable, patch: Patch): Applied {
  const exact = content.fingerprint === patch.from;
  if (!exact && (patch.everyRow || content.bytes === undefined)) throw new ChangedSince();
  const splices = exact ? patch.splices : rowSplices(tableOf(), patch);
  const bytes = content.bytes ?? new Uint8Array();
  const removed = exact && patch.removesFile;
  const after = contentOf(removed ? undefined : spliced(bytes, splices));
  return {
    content: after,
    splices: content.bytes === undefined || removed ? undefined : splices,
    inverse: {
      from: after.fingerprint,
      splices: inverted(bytes, splices),
      removesFile: content.bytes === undefined,
      header: patch.header,
      rows: patch.rows.map(({ image, before, after: to }) => ({
        image,
        before: to,
        after: before,
      })),
      everyRow: patch.everyRow,
    },
  };
}
