/** Tables of labels as tests read, edit and compare them. */
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { planEdit } from '../../protocol/labels/labelsEdit.ts';
import type { Cells, Column } from '../../protocol/labels/labelsEdit.ts';
import { applyPatch, contentOf } from '../../protocol/labels/labelsPatch.ts';
import type { Content, Patch } from '../../protocol/labels/labelsPatch.ts';
import { advanced, cellSpans, cellText, parseLabels } from '../../protocol/labels/labelsTable.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

export type Row = Readonly<Record<string, string>>;

/** As server/data/labelsCsv.ts reads. */
export function serverRows(bytes: Uint8Array): Row[] {
  const columns = (names: string[]): string[] => names.map((name) => name.trim());
  return parse(bytes, { columns, bom: true, skip_empty_lines: true });
}

/** As the bytes are read here. */
export function ownRows(bytes: Uint8Array): Row[] {
  const table = parseLabels(bytes);
  return table.starts.map((start, i) => {
    const cells = cellSpans(table, { start, end: table.ends[i] ?? start });
    return Object.fromEntries(
      table.columns.map((name, j) => {
        const span = cells[j] ?? { start: 0, end: 0 };
        return [name, cellText(table, span)];
      }),
    );
  });
}

export const trimmed = (rows: readonly Row[]): Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v.trim()])));

export function outcomeOf<T>(read: () => T): T | 'refused' {
  try {
    return read();
  } catch {
    return 'refused';
  }
}

export const cellsOf = (cells: Partial<Record<Column, string>>): Cells =>
  new Map(Object.entries(cells) as [Column, string][]);

export interface Edited {
  readonly content: Content;
  readonly inverse: Patch;
}

export function edit(
  content: Content,
  images: readonly string[],
  cells: Cells,
  known: ReadonlyMap<string, string> = new Map(),
): Edited | undefined {
  const table = parseLabels(content.bytes ?? new Uint8Array());
  const patch = planEdit(content, table, images, cells, known);
  if (patch === undefined) return undefined;
  const applied = applyPatch(content, () => table, patch);
  if (applied.splices !== undefined && applied.content.bytes !== undefined) {
    const next = advanced(table, applied.splices, applied.content.bytes);
    if (next !== undefined) expect(next).toEqual(parseLabels(applied.content.bytes));
  }
  return applied;
}

export const apply = (content: Content, patch: Patch): Edited =>
  applyPatch(content, () => parseLabels(content.bytes ?? new Uint8Array()), patch);

export const set = (text: string, images: string[], cells: Cells, known?: Map<string, string>) =>
  textOf(edit(contentOf(bytesOf(text)), images, cells, known)?.content.bytes);

export const header = 'image,label,supervision,split,kind,reviewed,mask,note';
