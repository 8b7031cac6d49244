/** What is said of rows of labels.csv, and what the quick fixes make of them. */
import { describe, expect, test } from 'vitest';
import { CsvTable } from '../../server/language/features/tables/csvTable.ts';
import {
  editDistance,
  nearestNames,
  wordsByNearness,
} from '../../server/language/features/tables/nearest.ts';
import { fixesFor } from '../../server/language/features/tables/rowFixes.ts';
import type { FixContext, OffsetEdit } from '../../server/language/features/tables/rowFixes.ts';
import {
  headerProblem,
  rowProblems,
  rowsByImage,
} from '../../server/language/features/tables/rowProblems.ts';
import type { RowContext, RowProblem } from '../../server/language/features/tables/rowProblems.ts';

const images = ['train/ok/1.png', 'train/ok/2.png', 'test/ok/1.png', 'a, b.png'];
const files = [...images, 'masks/1.png'];
const header = 'image,label,supervision,split,kind,mask';

const base: RowContext = {
  kind: 'labels',
  known: true,
  hasImage: (image) => images.includes(image),
  hasFile: (path) => files.includes(path),
  twins: () => [],
  findings: () => [],
  mistake: () => undefined,
};
const fixing: FixContext = {
  images: () => images,
  files: () => files,
  relative: (path) => (path.startsWith('/data/') ? path.slice(6) : undefined),
  twins: (image) => (image === 'train/ok/1.png' ? [{ image: 'test/ok/1.png', split: 'test' }] : []),
  stopped: () => false,
};

function check(rows: readonly string[], context: Partial<RowContext> = {}) {
  const table = new CsvTable([header, ...rows, ''].join('\n'));
  const byImage = rowsByImage(table);
  const problems = rows.flatMap((_, i) =>
    rowProblems(table, i + 1, byImage, { ...base, ...context }),
  );
  return { table, byImage, problems };
}

function applied(text: string, edits: readonly OffsetEdit[]): string {
  const sorted = [...edits].sort((a, b) => b.start - a.start);
  return sorted.reduce((now, e) => now.slice(0, e.start) + e.text + now.slice(e.end), text);
}

/** The rows after a fix of the first problem. */
function fixed(rows: readonly string[], title: RegExp, context: Partial<RowContext> = {}) {
  const { table, byImage, problems } = check(rows, context);
  const [problem] = problems;
  if (problem === undefined) throw new Error('There is no problem to fix.');
  const fix = fixesFor(table, problem, byImage, fixing).find((one) => title.test(one.title));
  if (fix === undefined) throw new Error(`No fix is called ${title.source}.`);
  return applied(table.text, fix.edits).split('\n').slice(1, -1);
}

const codes = (problems: readonly RowProblem[]): string[] => problems.map(({ code }) => code);

describe('rows', () => {
  test('that are right say nothing', () => {
    const rows = ['train/ok/1.png,ok,,train,,', '"a, b.png",defective,mask,,dent,masks/1.png'];
    expect(check(rows).problems).toEqual([]);
  });

  test.each([
    ['train/ok/9.png,,,,,', ['missing-image']],
    ['../x.png,,,,,', ['outside']],
    ['C:\\x.png,,,,,', ['outside']],
    [',ok,,,,', ['no-image']],
    ['train/ok/1.png,good,full,training,,', ['word', 'word', 'word']],
    ['train/ok/1.png,defective,,,,masks/2.png', ['missing-mask']],
    ['train/ok/1.png,defective,,,,/etc/passwd', ['outside']],
    ['train/ok/1.png,ok', ['record']],
    ['train/ok/"1".png,,,,,', ['record']],
  ])('%s: %j', (row, expected) => {
    expect(codes(check([row]).problems)).toEqual(expected);
  });

  test('a problem is at its cell', () => {
    const { table, problems } = check(['train/ok/1.png,ok,,trian,,']);
    const [problem] = problems;
    expect(table.text.slice(problem?.start, problem?.end)).toBe('trian');
  });

  test('are not missing while the folder is being read', () => {
    expect(check(['x.png,,,,,y.png'], { known: false }).problems).toEqual([]);
  });

  test('of one image twice: the later ones, with a word whether they differ', () => {
    const { problems } = check(['train/ok/1.png,ok,,,,', 'train/ok/1.png,,,,,']);
    expect(problems.map(({ row, message }) => [row, message.includes('something else')])).toEqual([
      [2, true],
    ]);
  });

  test('of scores.csv are checked for their names alone, softly', () => {
    const rows = ['gone.png,good,,x,,', 'train/ok/1.png,good,,x,,'];
    const { problems } = check(rows, { kind: 'scores' });
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['missing-image', 'information'],
    ]);
  });

  test('carry what the pixels say', () => {
    const { problems } = check(['train/ok/1.png,ok,,,,'], {
      twins: fixing.twins,
      findings: (image) => [
        { kind: 'truncated', severity: 'error', files: [image], message: 'It is cut off.' },
      ],
      mistake: () => ({ message: 'A false alarm.', otherLabel: 'defective' }),
    });
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['same-image', 'hint'],
      ['finding', 'hint'],
      ['mistake', 'hint'],
    ]);
  });
});

test('a header without image is the only problem', () => {
  expect(headerProblem(new CsvTable('path,label\nx,ok'))?.code).toBe('header');
  expect(headerProblem(new CsvTable(header))).toBeUndefined();
  expect(headerProblem(new CsvTable(''))).toBeUndefined();
});

describe('fixes', () => {
  const ok = 'train/ok/2.png,ok,,,,';

  test.each([
    ['train/ok/1.pgn,,,,,', /^Replace by train\/ok\/1/, 'train/ok/1.png,,,,,'],
    ['train\\ok\\1.png,,,,,', /^Replace by train\/ok\/1/, 'train/ok/1.png,,,,,'],
    ['a  b.png,,,,,', /^Replace by a, b/, '"a, b.png",,,,,'],
    ['/data/train/ok/1.png,,,,,', /^Replace by train/, 'train/ok/1.png,,,,,'],
    ['train/ok/1.png,god,,,,', /^Replace by ok/, 'train/ok/1.png,ok,,,,'],
    ['train/ok/1.png,,Masks,,,', /^Replace by mask/, 'train/ok/1.png,,mask,,,'],
    ['train/ok/1.png,,,Validation,,', /^Replace by val/, 'train/ok/1.png,,,val,,'],
    ['train/ok/1.png,,,,,mask/1.png', /^Replace by masks/, 'train/ok/1.png,,,,,masks/1.png'],
    ['train/ok/1.png,,,,,mask/1.png', /^Empty/, 'train/ok/1.png,,,,,'],
  ])('%s: %s', (row, title, expected) => {
    expect(fixed([row, ok], title)).toEqual([expected, ok]);
  });

  test('remove a row, the last one too', () => {
    expect(fixed(['gone.png,,,,,', ok], /^Remove/)).toEqual([ok]);
    expect(fixed([ok, 'gone.png,,,,,'], /^Remove/)).toEqual([ok]);
  });

  test('keep the first or the last of an image', () => {
    const rows = ['train/ok/1.png,ok,,,,', ok, 'train/ok/1.png,,,,,', 'train/ok/1.png,,,,x,'];
    expect(fixed(rows, /first/)).toEqual([rows[0], ok]);
    expect(fixed(rows, /last/)).toEqual([ok, rows[3]]);
  });

  test('move an image to the split of its twin', () => {
    const context = { twins: fixing.twins };
    expect(fixed(['train/ok/1.png,ok,,train,,'], /^Move to test/, context)).toEqual([
      'train/ok/1.png,ok,,test,,',
    ]);
  });
});

describe('a mistake of the active run', () => {
  const mistakeOf = (otherLabel: 'ok' | 'defective') => ({
    mistake: () => ({ message: 'It is misjudged.', otherLabel }),
  });
  const rows = {
    missed: 'train/ok/1.png,defective,mask,,,',
    alarm: 'train/ok/1.png,ok,,,,',
    unsaid: 'train/ok/1.png,,,,,',
  };

  test('is mended by the other label, whatever the row says now', () => {
    expect(fixed([rows.missed], /^Label it ok/, mistakeOf('ok'))).toEqual([rows.alarm]);
    expect(fixed([rows.alarm], /^Label it defective/, mistakeOf('defective'))).toEqual([
      'train/ok/1.png,defective,,,,',
    ]);
    expect(fixed([rows.unsaid], /^Label it defective/, mistakeOf('defective'))).toEqual([
      'train/ok/1.png,defective,,,,',
    ]);
  });

  test.each(Object.values(rows))('%s: the image and its mask can be opened', (row) => {
    const { table, byImage, problems } = check([row], mistakeOf('ok'));
    const [problem] = problems;
    const fixes = problem === undefined ? [] : fixesFor(table, problem, byImage, fixing);
    expect(fixes.flatMap(({ opens }) => opens ?? [])).toEqual([
      { image: 'train/ok/1.png', way: 'mask' },
      { image: 'train/ok/1.png', way: 'open' },
    ]);
  });
});

describe('nearness', () => {
  test('counts edits up to a limit', () => {
    expect(editDistance('kitten', 'sitting', 5)).toBe(3);
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
    expect(editDistance('', 'abc', 3)).toBe(3);
    expect(editDistance('abc', 'abcdefgh', 2)).toBe(3);
  });

  test('knows what people write', () => {
    expect(wordsByNearness('NG', ['ok', 'defective'])[0]).toBe('defective');
    expect(wordsByNearness('defektive', ['ok', 'defective'])[0]).toBe('defective');
  });

  test('finds a file that was moved, and gives up when asked to', () => {
    const names = ['b/0017.png', 'c/0018.png'];
    expect(nearestNames('a/deep/0017.png', names, 3)).toEqual(['b/0017.png']);
    expect(nearestNames('zzz.png', names, 3)).toEqual([]);
    expect(nearestNames('b/0017.png', names, 3, () => true)).toEqual([]);
  });
});
