/** Paths in our CSV files: a spreadsheet computes none of them, and we read back each exactly. */
import { writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { nameKey } from '../../protocol/names.ts';
import { CsvTable } from '../../server/language/features/tables/csvTable.ts';
import { rowProblems, rowsByImage } from '../../server/language/features/tables/rowProblems.ts';
import { pathField, pathOfCell } from '../../server/runs/csv.ts';
import { readScores, readSplits, writeScores } from '../../server/runs/scoresFile.ts';
import { oddShares } from '../support/oddNumbers.ts';
import '../support/propertySeed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const starts = ['=', '+', '-', '@', '\t', '\r', '\n', ' ', './', '././', '.', '/', "'", '"', '＝'];
/** Paths as a dataset may hold them, many of which begin like a formula or like the guard. */
const paths = fc
  .tuple(
    fc.array(fc.constantFrom(...starts), { maxLength: 3 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('', ';=1', '\t=1', ',=1', '"', '\r\n', '/'),
  )
  .map(([begin, middle, end]) => `${begin.join('')}${middle}${end}a.png`);

const cellOf = (field: string): string => {
  const rows: string[][] = parse(`${field},end\n`, { record_delimiter: '\n' });
  return rows[0]?.[0] ?? '';
};

describe('a path as a CSV field', () => {
  test('is read back exactly', () => {
    fc.assert(
      fc.property(paths, (path) => {
        expect(pathOfCell(cellOf(pathField(path)))).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });

  test('never begins like a formula, and is quoted where another separator would cut it', () => {
    fc.assert(
      fc.property(paths, (path) => {
        expect(cellOf(pathField(path))).not.toMatch(/^[=+\-@\s＝＋－＠]/u);
        if (/[;\t]/.test(path)) expect(pathField(path)).toMatch(/^".*"$/su);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['=cmd.png', './=cmd.png'],
    ['+1.png', './+1.png'],
    ['-1.png', './-1.png'],
    ['@a.png', './@a.png'],
    ['\t=a.png', '"./\t=a.png"'],
    ['\ra.png', '"./\ra.png"'],
    ['./a.png', '././a.png'],
    ['train/=a.png', 'train/=a.png'],
    ['.a.png', '.a.png'],
  ])('%j is written %j', (path, field) => {
    expect(pathField(path)).toBe(field);
  });
});

test('scores.csv gives every path back, to each of its readers', async () => {
  const file = join(await temporaryFolder(), 'scores.csv');
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(paths, { minLength: 1, maxLength: 12 }), async (images) => {
      const rest = { label: 'ok', supervision: '', split: 'test', outcome: 'TN' } as const;
      await writeScores(
        file,
        images.map((image) => ({ ...rest, image, score: 0.25 })),
      );
      expect([...(await readScores(file)).keys()]).toEqual(images);
      expect([...(await readSplits(file)).keys()]).toEqual(images);
      const table = new CsvTable(await readFile(file, 'utf8'), pathOfCell);
      // A row of the editor begins at any line break, so that it is asked for names on one line.
      const plain = images.filter((image) => !/[\r\n]/.test(image) && image === image.trim());
      const rows = rowsByImage(table);
      for (const image of plain) expect(rows.has(nameKey(image))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('an older scores.csv without guards is read as it was written', async () => {
  const file = join(await temporaryFolder(), 'scores.csv');
  await writeFile(
    file,
    'image,label,supervision,split,score,outcome\n=1.png,ok,,test,0.5,TN\n-b.png,ok,,val,,\n',
  );
  expect([...(await readScores(file))]).toEqual([['=1.png', 0.5]]);
  expect([...(await readSplits(file)).keys()]).toEqual(['=1.png', '-b.png']);
});

test.each(oddShares.filter((text) => text.trim() !== ''))(
  'the score "%s" is marked in the editor',
  (score) => {
    const header = 'image,label,supervision,split,score,outcome';
    const table = new CsvTable(`${header}\n./=a.png,ok,,test,"${score}",TN\n`, pathOfCell);
    const problems = rowProblems(table, 1, rowsByImage(table), {
      kind: 'scores',
      known: true,
      hasImage: (image) => image === '=a.png',
      hasFile: () => true,
      twins: () => [],
      findings: () => [],
      mistake: () => undefined,
    });
    expect(problems).toMatchObject([{ code: 'word', severity: 'error', column: 'score' }]);
  },
);
