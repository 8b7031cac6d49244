/** Datasets below the folder that is opened: found by their names, offered once, and never where one was chosen. */
import { describe, expect, test, vi } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';
import { temporaryFolder } from '../support/temporary.ts';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));
const { NestedOffers } = await import('../../extension/setup/nestedDatasets.ts');
const { hands } = await import('../support/fakeVscode.ts');

type Files = Readonly<Record<string, Content>>;

const trees: readonly [string, Files, string][] = [
  [
    'KolektorSDD with its split',
    {
      'raw/kos07/Part1.jpg': 1,
      'raw/kos07/Part1_label.bmp': 2,
      'raw/split.json': '{}',
      'logo.png': 3,
    },
    'raw ksdd',
  ],
  ['KolektorSDD2', { 'a/b/test/20001.png': 1, 'a/b/test/20001_GT.png': 0 }, 'a/b ksdd2'],
  [
    'DAGM',
    { 'x/Class4/Test/0001.PNG': 1, 'x/Class4/Test/Label/0001_label.PNG': 255, 'i.png': 3 },
    'x dagm',
  ],
  ['Severstal', { 'in/train_images/a.jpg': 1, 'in/train.csv': 'ImageId\n' }, 'in severstal'],
  [
    'MVTec AD with two categories',
    {
      'sets/nut/train/good/1.png': 1,
      'sets/nut/test/bent/1.png': 2,
      'sets/nut/ground_truth/bent/1_mask.png': 255,
      'sets/cap/train/good/1.png': 4,
      'sets/cap/test/cut/1.png': 5,
      'sets/cap/ground_truth/cut/1_mask.png': 255,
    },
    'sets mvtec',
  ],
  [
    'VisA',
    {
      'd/v/fuse/Data/Images/Normal/1.png': 1,
      'd/v/fuse/Data/Images/Anomaly/1.png': 2,
      'd/v/fuse/Data/Masks/Anomaly/1.png': 9,
    },
    'd/v mvtec',
  ],
  ['a table', { 'photos/p/1.png': 1, 'photos/labels.csv': 'image,label\n' }, 'photos folders'],
  ['splits', { 'work/val/nok/1.png': 1, 'work/train/gut/2.png': 2, 'z.png': 3 }, 'work folders'],
  ['labels beside other pictures', { 'c/ok/1.png': 1, 'c/ng/2.png': 2, 'doc.png': 3 }, 'c folders'],
  [
    'two datasets',
    { 'a/train/ok/1.png': 1, 'b/labels.csv': 'image\n', 'b/2.png': 2 },
    'a folders, b folders',
  ],
];

describe('found and told of', () => {
  test.each(trees)('%s', async (_, files, expected) => {
    const folder = await writeTree(await temporaryFolder(), files);
    const { nested, findings } = await openDataset(folder);
    expect(nested.map((one) => `${one.folder} ${one.layout}`).join(', ')).toBe(expected);
    const [told, ...more] = findings.filter(({ kind }) => kind === 'nested');
    expect(more).toEqual([]);
    for (const one of nested) expect(told?.message).toContain(`${one.folder} (${one.layout})`);
    expect(told?.message).toContain(`"dataset": "${nested[0]?.folder ?? ''}"`);
    expect(told?.files).toHaveLength(nested.length);
    // A problem is shown at a file, not at a folder.
    for (const file of told?.files ?? []) expect(Object.keys(files)).toContain(file);
    expect((await openDataset(folder, { isChosen: true })).nested).toEqual([]);
  });
});

test.each<[string, Files]>([
  ['labels alone, at any depth', { 'x/y/ok/1.png': 1, 'x/y/bad/2.png': 2 }],
  [
    'a product a folder',
    { 'p1/ok/1.png': 1, 'p1/ng/2.png': 2, 'p2/ok/3.png': 3, 'p2/ng/4.png': 4 },
  ],
  ['a table of its own', { 'labels.csv': 'image\n', 'old/labels.csv': 'image\n', 'old/1.png': 1 }],
  ['a table without images', { 'notes/labels.csv': 'image\n', '1.png': 1 }],
  ['a category of its own', { 'nut/train/good/1.png': 1, 'nut/ground_truth/a/1_mask.png': 2 }],
  ['a table of somebody else', { 'kaggle/train.csv': 'id\n', 'kaggle/pictures/1.png': 1 }],
])('%s: the folder is the dataset', async (_, files) => {
  const { nested, findings } = await openDataset(await writeTree(await temporaryFolder(), files));
  expect(nested).toEqual([]);
  expect(findings.filter(({ kind }) => kind === 'nested')).toEqual([]);
});

describe('the editor asks', () => {
  const nested = [{ folder: 'data/x', layout: 'mvtec' }];

  /** A window in which the server tells of a project; gives what it was asked. */
  function opened(memory: Map<string, unknown>) {
    const requests: unknown[] = [];
    const listeners: (() => void)[] = [];
    const services = {
      extension: {
        workspaceState: {
          get: (key: string) => memory.get(key),
          update: async (key: string, value: unknown) => void memory.set(key, value),
        },
      },
      projects: {
        all: [{ id: '/w', name: 'w', nested }],
        onDidChange: (listener: () => void) => {
          listeners.push(listener);
          return { dispose: () => undefined };
        },
      },
      server: {
        request: async (_: unknown, params: unknown) => void requests.push(params),
      },
    };
    new NestedOffers(services as unknown as ConstructorParameters<typeof NestedOffers>[0]);
    const tell = async (): Promise<void> => {
      for (const listener of listeners) listener();
      await new Promise(setImmediate);
    };
    return { requests, tell };
  }

  test('once, and stores the folder that is used', async () => {
    const questions: string[] = [];
    hands.answer = async ({ message, items }) => {
      questions.push(message);
      return items.find((item) => item.startsWith('Use'));
    };
    const { requests, tell } = opened(new Map());
    await tell();
    await tell();
    expect(questions).toEqual([expect.stringContaining('data/x')]);
    expect(requests).toEqual([{ folder: '/w', dataset: 'data/x' }]);
  });

  test('never again whoever does not want it', async () => {
    const memory = new Map<string, unknown>();
    let asked = 0;
    hands.answer = async ({ items }) => {
      asked += 1;
      return items.at(-1);
    };
    for (let window = 0; window < 3; window += 1) {
      const { requests, tell } = opened(memory);
      await tell();
      expect(requests).toEqual([]);
    }
    expect(asked).toBe(1);
  });
});
