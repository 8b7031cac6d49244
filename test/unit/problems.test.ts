/** Problems of a project: what is kept of an inspection, what is published, and how much. */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from 'vscode-languageserver';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../protocol/dataset.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import { ProblemBoard } from '../../server/language/features/problems/board.ts';
import {
  isOutdated,
  ofPixels,
  ofUnchangedFiles,
  otherTwins,
  stillHolds,
  twinsOf,
} from '../../server/language/features/problems/inspections.ts';
import {
  mistakeProblems,
  problemsOfFinding,
  projectDiagnostics,
} from '../../server/language/features/problems/projectProblems.ts';
import type { FileProblem } from '../../server/language/features/problems/projectProblems.ts';
import { temporaryFolder } from '../support/temporary.ts';

const item = (image: string, more: Partial<ImageItem> = {}): ImageItem => ({
  image,
  ...{ label: 'ok', state: 'ok', split: 'train', kind: '', reviewed: '', mask: false },
  ...{ score: null, outcome: '' },
  ...more,
});
const duplicate: Finding = {
  kind: 'duplicate',
  severity: 'error',
  files: ['a.png', 'b.png'],
  message: 'a.png and b.png are the same image in train and test.',
};
const diagnostic = (message: string): Diagnostic => ({
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
  message,
});

test('the board puts sources together and sends what changed', async () => {
  const sent: [string, unknown[]][] = [];
  const board = new ProblemBoard(async (uri, all) => {
    await Promise.resolve();
    sent.push([uri, all.map(({ message }) => message)]);
  });
  const both = new Map([
    ['x', [diagnostic('2')]],
    ['y', [diagnostic('3')]],
  ]);
  for (const change of [
    () => board.replace('none', new Map()),
    () => board.replace('one:a', new Map([['x', [diagnostic('1')]]])),
    () => board.replace('two', both),
    () => board.replace('two', both),
    () => board.replace('two', new Map([['y', [diagnostic('3')]]])),
    () => board.clear('one:'),
    () => board.clear('nobody'),
  ]) {
    change();
    await board.settled();
  }
  expect(sent).toEqual([
    ['x', ['1']],
    ['x', ['1', '2']],
    ['y', ['3']],
    ['x', ['1']],
    ['x', []],
  ]);
});

test('the board sends a file at a time, and only its last state', async () => {
  const sent: string[] = [];
  let written = (): void => undefined;
  const board = new ProblemBoard(async (uri, [first]) => {
    sent.push(`${uri}: ${JSON.stringify(first?.message)}`);
    await new Promise<void>((resolve) => (written = resolve));
  });
  const all = (message: string) =>
    new Map(['x', 'y', 'z'].map((uri) => [uri, [diagnostic(message)]]));
  board.replace('one', all('1'));
  board.replace('one', all('2'));
  expect(sent).toEqual(['x: "1"']);
  while (sent.length < 4) {
    written();
    await new Promise((resolve) => setImmediate(resolve));
  }
  written();
  await board.settled();
  expect(sent).toEqual(['x: "1"', 'y: "2"', 'z: "2"', 'x: "2"']);
});

describe('an inspection', () => {
  const items = (splits: Record<string, 'train' | 'test'>) => (image: string) => {
    const split = splits[image];
    return split === undefined ? undefined : item(image, { split });
  };

  test('keeps what pixels say', () => {
    const row: Finding = {
      kind: 'label-row',
      severity: 'error',
      files: ['labels.csv'],
      message: 'x',
    };
    expect(ofPixels([row, duplicate], [row])).toEqual([duplicate]);
  });

  test('is outdated when many images came or went', () => {
    const images = new Set(Array.from({ length: 20 }, (_, i) => `${i}`));
    const inspection = { at: 0, began: 0, orientation: undefined, images, findings: [] };
    expect(isOutdated(inspection, 20, (image) => images.has(image))).toBe(false);
    expect(isOutdated(inspection, 22, (image) => images.has(image))).toBe(false);
    expect(isOutdated(inspection, 23, (image) => images.has(image))).toBe(true);
    expect(isOutdated(inspection, 17, (image) => Number(image) < 17)).toBe(true);
  });

  test('of twins holds while they are apart', () => {
    expect(stillHolds(duplicate, items({ 'a.png': 'train', 'b.png': 'test' }))).toBe(true);
    expect(stillHolds(duplicate, items({ 'a.png': 'test', 'b.png': 'test' }))).toBe(false);
    expect(stillHolds(duplicate, items({ 'a.png': 'train' }))).toBe(false);
    const twins = twinsOf([duplicate]);
    const now = items({ 'a.png': 'train', 'b.png': 'test' });
    expect(otherTwins('a.png', twins.get('a.png') ?? [], now)).toEqual([
      { image: 'b.png', split: 'test' },
    ]);
  });

  test('drops what files say that were changed or removed since', async () => {
    const folder = await temporaryFolder();
    const began = Date.now();
    for (const [name, seconds] of [
      ['old.png', -60],
      ['new.png', 60],
    ] as const) {
      await writeFile(join(folder, name), '');
      await utimes(join(folder, name), new Date(), new Date(began + seconds * 1000));
    }
    await mkdir(join(folder, 'sub'));
    const findings = ['old.png', 'new.png', 'gone.png'].map((file): Finding => ({
      ...{ kind: 'truncated', severity: 'error', files: [file], message: file },
    }));
    const images = new Set<string>();
    const inspection = { at: began, began, orientation: undefined, images, findings };
    const kept = await ofUnchangedFiles(folder, inspection);
    expect(kept.map(({ message }) => message)).toEqual(['old.png']);
  });
});

describe('diagnostics', () => {
  test('of a row of labels.csv are at its line', () => {
    const message = 'labels.csv, line 7: it is wrong; mend it.';
    const finding: Finding = {
      kind: 'label-row',
      severity: 'error',
      files: ['labels.csv'],
      message,
    };
    expect(problemsOfFinding(finding).map(({ file, line }) => [file, line])).toEqual([
      ['labels.csv', 6],
    ]);
  });

  test('of no file are on the file that speaks for the whole', () => {
    const finding: Finding = {
      ...{ kind: 'missing-mask', severity: 'information', files: [] },
      message: 'There are no masks: labels alone are used.',
    };
    const shown = problemsOfFinding(finding);
    expect(shown).toMatchObject([{ file: null, line: 0, message: finding.message }]);
    const byUri = projectDiagnostics('/data', { shown, left: 0 }, '/project/segdec.json');
    expect([...byUri.keys()]).toEqual(['file:///project/segdec.json']);
  });

  test('of twins are on both, each with the other', () => {
    expect(problemsOfFinding(duplicate).map(({ file, others }) => [file, others])).toEqual([
      ['a.png', ['b.png']],
      ['b.png', ['a.png']],
    ]);
  });

  test('of mistakes: the worst first, missed defects graver, numbers that differ', () => {
    const items = [
      item('tn.png', { score: 0.1, outcome: 'TN' }),
      item('close.png', { score: 0.50004, outcome: 'FP' }),
      item('far.png', { label: 'defective', score: 0.01, outcome: 'FN' }),
    ];
    const { shown: found } = mistakeProblems(items, 'r', 0.5);
    expect(mistakeProblems(items, 'r', 0.5, 1)).toMatchObject({ shown: [found[0]], left: 1 });
    expect(found.map(({ file, severity }) => [file, severity])).toEqual([
      ['far.png', 'warning'],
      ['close.png', 'information'],
    ]);
    expect(found[1]?.message).toContain('0.50004, at or above the threshold 0.50000');
  });

  test('are at most a thousand, the gravest, and say how many more', () => {
    const problem = (i: number): FileProblem => ({
      ...{ file: `${i}.png`, line: 0, code: 'truncated', message: 'x', others: [] },
      severity: i === 1499 ? 'error' : 'warning',
    });
    const all = Array.from({ length: 1500 }, (_, i) => problem(i));
    const byUri = projectDiagnostics('/d', { shown: all, left: 7 }, '/d/segdec.json');
    expect(byUri.size).toBe(1001);
    expect(byUri.has('file:///d/1499.png')).toBe(true);
    expect(byUri.get('file:///d/segdec.json')?.[0]?.message).toMatch(/not shown: 507;/);
  });
});
