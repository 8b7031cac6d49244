/** Dialogs of several questions: who leaves one is asked the one before, and nothing chosen is lost. */
import { beforeEach, expect, test, vi } from 'vitest';
import { pickFilter } from '../../extension/explorer/filterPick.ts';
import { maskExchangeCommands } from '../../extension/maskExchange/maskExchange.ts';
import type { Services } from '../../extension/context.ts';
import { Uri, hands } from '../support/fakeVscode.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));

/** Titles of what was asked, in order. */
let asked: string[];
/** What is answered, in order; after the last everything is left. */
let answers: unknown[];
let sent: unknown[];

interface Row {
  readonly label: string;
  readonly picked?: boolean;
}
const row = (label: string) => (items: readonly unknown[]) =>
  (items as Row[]).find((item) => item.label.includes(label));

const report = {
  ...{ format: 'coco', written: 2, kept: 0, labelled: 0, unchanged: 0, unmatched: 0, refused: 0 },
  ...{ lost: 0, entries: 2, dryRun: true, findings: { total: 0, shown: [] } },
  ...{ images: 2, defective: 1, output: '' },
};
const services = {
  server: {
    request: async (_: unknown, params: unknown) => {
      sent.push(params);
      return report;
    },
  },
  projects: { needed: () => ({ id: '/data', dataset: '/data' }) },
} as unknown as Services;
const run = (id: 'importMasks' | 'exportMasks') => maskExchangeCommands(services)[id]?.run();

beforeEach(() => {
  [asked, answers, sent] = [[], [], []];
  const answer = (title: string, items: readonly unknown[]): unknown => {
    asked.push(title);
    const next = answers.shift();
    return typeof next === 'function'
      ? (next as (items: readonly unknown[]) => unknown)(items)
      : next;
  };
  hands.ask = async (title, items) => answer(title, items);
  hands.answer = async ({ message, items, isModal }) =>
    isModal ? (answer(message, items) as string | undefined) : undefined;
});

const file = Uri.file('/elsewhere/coco.json');

test('import: from the dialog of files to the formats, from the question to the files', async () => {
  answers = [row('COCO'), undefined, row('COCO'), [file], undefined, [file], 'Import'];
  await run('importMasks');
  expect(asked).toEqual([
    ...['Import masks from', 'File to import masks from', 'Import masks from'],
    ...['File to import masks from', 'Import masks of 2 images?'],
    ...['File to import masks from', 'Import masks of 2 images?'],
  ]);
  expect(sent.map((params) => (params as { dryRun?: boolean }).dryRun === true)).toEqual([
    ...[true, true, false],
  ]);
});

test('export: from each dialog to the one before, and nothing is written', async () => {
  const full = await temporaryFolder();
  await writeFile(join(full, 'a.txt'), '');
  const folder = [Uri.file(full)];
  answers = [row('PNG'), folder, undefined, folder, undefined, undefined, row('COCO'), undefined];
  await run('exportMasks');
  const [formats, folders, question] = [
    'Export masks as',
    'Folder to export masks to',
    `${full} is not empty.`,
  ];
  expect(asked).toEqual([
    ...[formats, folders, question, folders, question, folders, formats, 'Export', formats],
  ]);
  expect(sent).toEqual([]);
});

test('the filter: from the part of a path to what was ticked', async () => {
  const ticked: string[][] = [];
  const seen = (items: readonly unknown[]): void => {
    ticked.push((items as Row[]).filter(({ picked }) => picked === true).map(({ label }) => label));
  };
  answers = [
    (items: readonly unknown[]) => {
      seen(items);
      return [row('FN: ')(items), row('Part of the path')(items)];
    },
    undefined,
    (items: readonly unknown[]) => {
      seen(items);
      return [row('FN: ')(items)];
    },
  ];
  expect(await pickFilter([], {})).toEqual({ outcomes: ['FN'] });
  expect(asked).toEqual(['Filter images', 'Part of the path', 'Filter images']);
  expect(ticked[0]).toEqual([]);
  expect(ticked[1]).toEqual([expect.stringMatching(/^FN: /), expect.stringContaining('Part of')]);
});
