/** CSV texts as an editor needs them: places of records and cells, against another reader of CSV. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvTable } from '../../server/language/features/tables/csvTable.ts';

function valuesOf(table: CsvTable): string[][] {
  return Array.from({ length: table.size }, (_, i) =>
    (table.record(i)?.cells ?? []).map(({ value }) => value),
  );
}

const cell = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r\n', ' ', '/', '=', '\t'),
  maxLength: 6,
});
const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

interface Written {
  readonly rows: readonly (readonly string[])[];
  readonly end: string;
  readonly mark: string;
  readonly closed: boolean;
}

describe('any table that was written by the rules', () => {
  const tables = fc.record({
    rows: fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\ufeff'),
    closed: fc.boolean(),
  });
  const textOf = ({ rows, end, mark, closed }: Written): string =>
    mark + rows.map((row) => row.map(quoted).join(',')).join(end) + (closed ? end : '');

  test('has the cells that csv-parse finds', () => {
    fc.assert(
      fc.property(tables, (given) => {
        const text = textOf(given);
        const options = { bom: true, record_delimiter: given.end, skip_empty_lines: true };
        const expected = parse(text, options);
        expect(valuesOf(new CsvTable(text))).toEqual(
          expected.map((row) => row.map((value) => value.trim())),
        );
      }),
    );
  });

  test('is its records and line breaks, in order, without a fault', () => {
    fc.assert(
      fc.property(tables, (given) => {
        const table = new CsvTable(textOf(given));
        let at = table.text.startsWith('\ufeff') ? 1 : 0;
        for (let i = 0; i < table.size; i += 1) {
          const record = table.record(i);
          if (record === undefined) throw new Error('A record is missing.');
          expect(record.fault).toBeUndefined();
          expect(table.text.slice(at, record.start).trim()).toBe('');
          expect(record.cells[0]?.start).toBe(record.start);
          expect(record.cells.at(-1)?.end).toBe(record.end);
          expect(table.indexAt(record.start)).toBe(i);
          expect(table.indexAt(record.end)).toBe(i);
          at = record.next;
        }
        expect(table.text.slice(at).trim()).toBe('');
      }),
    );
  });
});

test('rows of a range are those that touch it', () => {
  const table = new CsvTable('image,note\na,"1\n2"\nb,\n\nc,x');
  expect(table.rowsIn(0, 5)).toEqual([]);
  expect(table.rowsIn(table.text.indexOf('2'), table.text.indexOf('2'))).toEqual([1]);
  expect(table.rowsIn(0, table.text.length)).toEqual([1, 2, 3]);
});

test.each([
  ['image\n"a', 'a quoted cell has no closing quote'],
  ['image\n"', 'a quoted cell has no closing quote'],
  ['image\n"a"b', 'text follows a closing quote'],
  ['image\na"b', 'a quote stands in a cell without quotes'],
  ['image\n""', undefined],
  ['image\n"a"""', undefined],
])('%j: %s', (text, fault) => {
  expect(new CsvTable(text).record(1)?.fault).toBe(fault);
});

test('a text without rows has none', () => {
  expect(new CsvTable('').size).toBe(0);
  expect(new CsvTable('\ufeff\n\n').size).toBe(0);
  expect(new CsvTable('').columns).toEqual([]);
});
