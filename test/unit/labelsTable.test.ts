/** labels.csv by bytes: edits leave alone what they do not concern, undo is exact, and the server reads the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allColumns, imagesOfUnknownLabel, planEdit } from '../../protocol/labels/labelsEdit.ts';
import { ChangedSince, applyPatch, contentOf } from '../../protocol/labels/labelsPatch.ts';
import type { Patch } from '../../protocol/labels/labelsPatch.ts';
import { LabelsFileError, advanced, parseLabels } from '../../protocol/labels/labelsTable.ts';
import {
  bytesOf,
  textOf,
  serverRows,
  ownRows,
  trimmed,
  outcomeOf,
  cellsOf,
  edit,
  apply,
  set,
  header,
} from '../support/labelTables.ts';
import type { Edited } from '../support/labelTables.ts';

describe('one edit', () => {
  test('makes the file', () => {
    const made = edit(contentOf(undefined), ['a.png', 'b,"c".png'], cellsOf({ label: 'ok' }));
    expect(textOf(made?.content.bytes)).toBe(`${header}\na.png,ok,,,,,,\n"b,""c"".png",ok,,,,,,\n`);
    expect(made && apply(made.content, made.inverse).content.bytes).toBeUndefined();
  });

  test('changes its cell alone', () => {
    const before = `\ufeff note , extra,image , label\r\n"x ""y""", 1,a.png,ok \r\n\r\n,,b.png,`;
    expect(set(before, ['a.png'], cellsOf({ label: 'defective' }))).toBe(
      before.replace('ok ', 'defective'),
    );
    expect(set(before, ['b.png'], cellsOf({ label: 'ok' }))).toBe(`${before}ok`);
    expect(set(before, ['a.png'], cellsOf({ label: 'ok' }))).toBeUndefined();
  });

  test('adds a row as the file ends its rows', () => {
    const cells = cellsOf({ label: 'ok' });
    expect(set('image,label\na,ok', ['b'], cells)).toBe('image,label\na,ok\nb,ok');
    expect(set('image,label\r\na,ok\r\n', ['b'], cells)).toBe('image,label\r\na,ok\r\nb,ok\r\n');
    expect(set('label,image', ['b'], cells)).toBe('label,image\nok,b');
    expect(set('\ufeff', ['b'], cells)).toBe(`\ufeff${header}\nb,ok,,,,,,\n`);
    expect(set('\r\n', ['b'], cells)).toBe(`\r\n${header}\r\nb,ok,,,,,,\r\n`);
  });

  test('adds a column to every row, so that all stay readable', () => {
    const before = 'image,label\na,ok\nb,defective\n';
    const text = set(before, ['b'], cellsOf({ kind: 'a, b' }));
    expect(text).toBe('image,label,kind\na,ok,\nb,defective,"a, b"\n');
    expect(set(before, ['b'], cellsOf({ supervision: '' }))).toBeUndefined();
  });

  test('repeats the labels of other rows in a new label column, where empty would mean unlabelled', () => {
    const before = 'image,kind\na,x\nb,\nc,\n';
    const cells = cellsOf({ label: 'ok' });
    const table = parseLabels(bytesOf(before));
    expect(imagesOfUnknownLabel(table, ['b', 'd'], cells)).toEqual(['a', 'c']);
    const known = new Map([['a', 'defective']]);
    expect(set(before, ['b', 'd'], cells, known)).toBe(
      'image,kind,label\na,x,defective\nb,,ok\nc,,\nd,,ok\n',
    );
  });

  test('repeats the label of an image whose row is made for something else', () => {
    const before = 'image,label,kind\na,ok,\n';
    const cells = cellsOf({ kind: 'dent' });
    const table = parseLabels(bytesOf(before));
    expect(imagesOfUnknownLabel(table, ['a', 'b'], cells)).toEqual(['b']);
    const known = new Map([['b', 'defective']]);
    expect(set(before, ['b'], cells, known)).toBe(`${before}b,defective,dent\n`);
    expect(imagesOfUnknownLabel(table, ['b'], cellsOf({ label: '' }))).toEqual([]);
    const unlabelled = parseLabels(bytesOf('image,kind\na,x\n'));
    expect(imagesOfUnknownLabel(unlabelled, ['b'], cells)).toEqual([]);
  });

  test('changes the last of several columns of a name, the one that is read', () => {
    expect(set('image,label,image,label\nx,,a,\n', ['a'], cellsOf({ label: 'ok' }))).toBe(
      'image,label,image,label\nx,,a,ok\n',
    );
  });

  test('changes the first of several rows of an image, the one that counts', () => {
    expect(set('image,label\na,\na,\n', ['a'], cellsOf({ label: 'ok' }))).toBe(
      'image,label\na,ok\na,\n',
    );
  });
});

describe('a file that cannot be read', () => {
  const fault = (text: string | Uint8Array): unknown => {
    try {
      parseLabels(typeof text === 'string' ? bytesOf(text) : text);
    } catch (error) {
      if (error instanceof LabelsFileError) return error.fault;
      throw error;
    }
    return undefined;
  };

  test.each([
    ['image,label\na,ok\nb\n', { kind: 'cells', line: 3, found: 1, expected: 2 }],
    ['image,label\na,ok,\n', { kind: 'cells', line: 2, found: 3, expected: 2 }],
    ['image\na"b\n', { kind: 'quote-inside', line: 2 }],
    ['image\n"a"b\n', { kind: 'after-quote', line: 2 }],
    ['image\n\n"a\nb', { kind: 'quote-open', line: 3 }],
    ['\nname,label\na,ok\n', { kind: 'no-image-column', line: 2 }],
  ])('%j is refused by line', (text, expected) => {
    expect(fault(text)).toEqual(expected);
  });

  test('UTF-16 is refused', () => {
    expect(fault(Uint8Array.of(0xff, 0xfe, 0x69, 0))).toEqual({ kind: 'encoding' });
  });
});

const anyText = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ' ', ',', '"', '""', '\n', '\r\n', '\r', 'ok', '\ufeff'),
  maxLength: 40,
});

test('what the server reads is read, and what it refuses is refused', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', '\ufeff', '\n', '\r\n\r\n'),
      fc.constantFrom('image', 'image,label', ' label ,"image"', 'label,image,label,image'),
      fc.constantFrom('\n', '\r\n', '\r', ''),
      anyText,
      (start, names, lineEnd, rest) => {
        const bytes = bytesOf(start + names + lineEnd + rest);
        const expected = outcomeOf(() => trimmed(serverRows(bytes)));
        // Names of columns that are not `image` can come out of the random text: nothing to read there.
        const found = outcomeOf(() => ownRows(bytes));
        if (found === 'refused' && expected !== 'refused') {
          expect(Object.keys(expected[0] ?? {})).not.toContain('image');
        } else expect(found).toEqual(expected);
      },
    ),
    { numRuns: 5000 },
  );
});

const cell = fc.oneof(
  fc.constantFrom('', 'ok', 'defective', 'train', ' x ', 'é', '2026-01-02'),
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'ü'), maxLength: 6 }),
);
const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const imageName = fc.constantFrom(...letters.map((name) => `ok/${name}.png`), '"q",.png');
const quoted = (text: string, always: boolean): string =>
  always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A file with any order of columns, unknown ones, quotes where none are needed, and empty lines. */
const file = fc
  .record({
    mark: fc.constantFrom('', '\ufeff'),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    last: fc.boolean(),
    others: fc.uniqueArray(fc.constantFrom(...allColumns.slice(1), 'extra', ' Extra 2 '), {}),
    rows: fc.array(
      fc.record({
        image: imageName,
        cells: fc.array(cell, { minLength: 9, maxLength: 9 }),
        quotes: fc.boolean(),
        gap: fc.integer({ min: 0, max: 12 }),
      }),
      { maxLength: 8 },
    ),
    place: fc.nat(),
  })
  .map(({ mark, lineEnd, last, others, rows, place }) => {
    const columns = [...others];
    const imageAt = place % (columns.length + 1);
    columns.splice(imageAt, 0, 'image');
    const records = rows.map(({ image, cells, quotes, gap }) => {
      const texts = columns.map((_, i) => (i === imageAt ? image : (cells[i] ?? '')));
      const record = texts.map((text) => quoted(text, quotes)).join(',');
      // A record of one empty cell would be an empty line.
      return (gap === 0 ? lineEnd : '') + (record === '' ? '""' : record);
    });
    return mark + [columns.join(','), ...records].join(lineEnd) + (last ? lineEnd : '');
  });

const cells = fc
  .record(
    {
      label: fc.constantFrom('ok', 'defective', ''),
      supervision: fc.constantFrom('mask', 'weak', ''),
      split: fc.constantFrom('train', 'val', 'test', ''),
      kind: fc.constantFrom('', 'scratch', 'a, "b"', 'dent\nx'),
      reviewed: fc.constantFrom('', '2026-11-24'),
    },
    { requiredKeys: [] },
  )
  .filter((change) => Object.keys(change).length > 0)
  .map((change) => cellsOf(change));
const anEdit = fc.record({
  images: fc.uniqueArray(fc.oneof(imageName, fc.constantFrom('new 1.png', 'new,2.png')), {
    minLength: 1,
    maxLength: 4,
  }),
  cells,
});
const knownLabels = new Map(letters.map((name) => [`ok/${name}.png`, 'ok']));

/** Records in order with their first bytes, as a file that keeps everything must repeat them. */
function rawRecords(bytes: Uint8Array): { image: string; raw: string }[] {
  const table = parseLabels(bytes);
  const rows = ownRows(bytes);
  return table.starts.map((start, i) => ({
    image: rows[i]?.['image'] ?? '',
    raw: table.bytes.toString('utf8', start, table.ends[i]),
  }));
}

test('any edit of any file: only its cells change, and the server reads what was set', () => {
  fc.assert(
    fc.property(file, anEdit, (text, { images, cells: change }) => {
      const before = bytesOf(text);
      const after = edit(contentOf(before), images, change, knownLabels)?.content.bytes ?? before;
      const [had, has] = [rawRecords(before), rawRecords(after)];
      const firsts = new Set<string>();
      const widened = parseLabels(after).columns.length > parseLabels(before).columns.length;
      had.forEach(({ image, raw }, i) => {
        const touched = images.includes(image) && !firsts.has(image);
        firsts.add(image);
        if (touched) return;
        if (widened) expect(has[i]?.raw.startsWith(`${raw},`)).toBe(true);
        else expect(has[i]?.raw).toBe(raw);
      });
      expect(has.length).toBe(had.length + images.filter((image) => !firsts.has(image)).length);
      const rows = trimmed(serverRows(after));
      for (const image of images) {
        const row = rows.find((one) => one['image'] === image);
        for (const [column, value] of change) {
          // A column is not added for an empty cell, which says the same.
          expect(row?.[column] ?? '').toBe(value);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('labels that nobody set stay, whatever columns and rows are added', () => {
  const meaning = (bytes: Uint8Array, image: string): string => {
    const row = trimmed(serverRows(bytes)).find((one) => one['image'] === image);
    return row?.['label'] ?? knownLabels.get(image) ?? '';
  };
  fc.assert(
    fc.property(file, anEdit, (text, { images, cells: change }) => {
      const before = bytesOf(text);
      const after = edit(contentOf(before), images, change, knownLabels)?.content.bytes ?? before;
      for (const image of [...knownLabels.keys(), 'new 1.png']) {
        if (images.includes(image) && change.has('label')) continue;
        expect(meaning(after, image)).toBe(meaning(before, image));
      }
    }),
    { numRuns: 1000 },
  );
});

test('undo gives the first bytes back, and redo the last', () => {
  fc.assert(
    fc.property(
      fc.option(file, { nil: undefined }),
      fc.array(anEdit, { minLength: 1, maxLength: 6 }),
      (text, edits) => {
        const states = [contentOf(text === undefined ? undefined : bytesOf(text))];
        const undo: Patch[] = [];
        for (const { images, cells: change } of edits) {
          const last = states.at(-1);
          const done = last && edit(last, images, change, knownLabels);
          if (done === undefined) continue;
          states.push(done.content);
          undo.push(done.inverse);
        }
        const redo: Patch[] = [];
        for (let i = states.length - 2; i >= 0; i -= 1) {
          const [now, patch] = [states[i + 1], undo[i]];
          if (now === undefined || patch === undefined) throw new Error('No step.');
          const done = apply(now, patch);
          expect(done.content.bytes && textOf(done.content.bytes)).toBe(textOf(states[i]?.bytes));
          redo.unshift(done.inverse);
        }
        let now = states[0];
        redo.forEach((patch, i) => {
          now = now && apply(now, patch).content;
          expect(textOf(now?.bytes)).toBe(textOf(states[i + 1]?.bytes));
        });
      },
    ),
    { numRuns: 1000 },
  );
});

describe('undo after somebody else wrote the file', () => {
  const first = 'image,label,note\na,ok,x\nb,,\n';
  const step = (images: string[]): Edited => {
    const done = edit(contentOf(bytesOf(first)), images, cellsOf({ label: 'defective' }));
    if (done === undefined) throw new Error('Nothing was done.');
    return done;
  };
  const undoOn = (text: string, { inverse }: Edited): string | undefined =>
    textOf(apply(contentOf(bytesOf(text)), inverse).content.bytes);

  test('other rows keep what they wrote', () => {
    const done = step(['a', 'c']);
    const now = 'image,label,note\nz,ok,\na,defective,x\nb,,theirs\nc,defective,\nd,ok,\n';
    expect(textOf(done.content.bytes)).toBe('image,label,note\na,defective,x\nb,,\nc,defective,\n');
    const undone = apply(contentOf(bytesOf(now)), done.inverse);
    expect(textOf(undone.content.bytes)).toBe(
      'image,label,note\nz,ok,\na,ok,x\nb,,theirs\nd,ok,\n',
    );
    const redone = apply(undone.content, undone.inverse);
    expect(textOf(redone.content.bytes)).toBe(now);
  });

  test('rows without a line end can go', () => {
    const done = step(['c', 'd']);
    expect(undoOn('image,label,note\nx,,\nc,defective,\nd,defective,', done)).toBe(
      'image,label,note\nx,,\n',
    );
  });

  test.each([
    ['the same row', 'image,label,note\na,defective,theirs\nb,,\n'],
    ['the row is gone', 'image,label,note\nb,,\n'],
    ['the header', 'image,label,remark\na,defective,x\nb,,\n'],
  ])('is refused: %s', (_, text) => {
    expect(() => undoOn(text, step(['a']))).toThrow(ChangedSince);
  });

  test('is refused when the file is gone, or the step had added a column', () => {
    expect(() => apply(contentOf(undefined), step(['a']).inverse)).toThrow(ChangedSince);
    const wide = edit(contentOf(bytesOf(first)), ['a'], cellsOf({ kind: 'dent' }));
    expect(wide && (() => undoOn(`${first}x,,\n`, wide))).toThrow(ChangedSince);
  });

  test('only the rows of a file that we made go, if others added some', () => {
    const made = edit(contentOf(undefined), ['a'], cellsOf({ label: 'ok' }));
    const text = `${textOf(made?.content.bytes)}b,ok,,,,,,\n`;
    expect(made && undoOn(text, made)).toBe(`${header}\nb,ok,,,,,,\n`);
  });
});

test('a table that was carried over an edit is the one that would be read', () => {
  const rows = Array.from({ length: 50 }, (_, i) => `p${i}.png,ok,`).join('\r\n');
  const content = contentOf(bytesOf(`image,label,kind\r\n${rows}`));
  const images = ['p0.png', 'p7.png', 'p49.png', 'new.png'];
  const table = parseLabels(content.bytes ?? new Uint8Array());
  const patch = planEdit(content, table, images, cellsOf({ kind: 'a, b' }), new Map());
  const applied = patch && applyPatch(content, () => table, patch);
  const after = applied?.content.bytes ?? new Uint8Array();
  const carried = advanced(table, applied?.splices ?? [], after);
  expect(carried).toEqual(parseLabels(after));
});
