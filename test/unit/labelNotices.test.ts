/** Labels written by a drag and from a problem: what is written, what is said, and that a drag is taken back. */
import { beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import type { Services } from '../../extension/context.ts';
import { ImagesDragAndDrop } from '../../extension/explorer/dragAndDrop.ts';
import type { GroupNode, ImageNode } from '../../extension/explorer/nodes.ts';
import type { ChosenImage } from '../../extension/explorer/selection.ts';
import type { LabelChange } from '../../extension/labels/labelStore.ts';
import { problemCommands } from '../../extension/problems/problems.ts';
import type { ImageGroup } from '../../protocol/explorer.ts';
import { Uri, hands } from '../support/fakeVscode.ts';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));

interface Written {
  readonly images: readonly string[];
  readonly change: LabelChange;
}

/** A table of labels with undo. */
class FakeLabels {
  readonly steps: Written[] = [];
  get lastStep(): Written | undefined {
    return this.steps.at(-1);
  }
  set = async (_: unknown, images: readonly string[], change: LabelChange): Promise<void> => {
    this.steps.push({ images, change });
  };
  undo = async (): Promise<void> => {
    this.steps.pop();
  };
}

let labels: FakeLabels;
let said: string[];
let ran: unknown[][];
/** The button that is pressed on the next message, and what happens first. */
let press: (items: readonly string[]) => Promise<string | undefined>;

const place = { project: '/data', dataset: '/data', labelsFile: '/data/labels.csv' };
const projects = [{ id: '/data', dataset: '/data', labelsFile: '/data/labels.csv' }];
const services = () => ({ labels, projects: { all: projects } }) as unknown as Services;

beforeEach(() => {
  [labels, said, ran] = [new FakeLabels(), [], []];
  press = () => Promise.resolve(undefined);
  hands.answer = async ({ message, items }) => {
    said.push(message);
    return await press(items);
  };
  hands.ask = async () => undefined;
  hands.run = async (command, args) => void ran.push([command, ...args]);
});

const group = (kind: ImageGroup['kind'], name: string, parent?: GroupNode): GroupNode => ({
  ...{ kind: 'group', project: '/data', parent },
  group: { id: `${kind}/${name}`, kind, name, images: 1, mistakes: 0 },
});
const image = (name: string): ImageNode =>
  ({
    ...{ kind: 'image', project: '/data', parent: undefined },
    item: { image: name, split: 'test', label: 'ok' },
  }) as unknown as ImageNode;

/** Drags images of the test split onto a group, and waits for what is said and done. */
async function drop(names: readonly string[], target: GroupNode): Promise<void> {
  const nodes = names.map(image);
  const chosen = nodes.map(({ item }) => ({ place, image: item.image, item }));
  const view = { selectedImages: async () => chosen as unknown as ChosenImage[] };
  const drag = new ImagesDragAndDrop(services(), view as never);
  const data = { get: () => ({ value: nodes }) } as unknown as vscode.DataTransfer;
  await drag.handleDrop(target, data);
  await new Promise(setImmediate);
}

const train = group('split', 'train');

test.each([
  { target: train, change: { split: 'train' }, to: 'Train' },
  {
    target: group('state', 'mask', train),
    change: { split: 'train', label: 'defective' },
    to: 'Defective',
  },
])('a drag to $to is said with Undo, which takes it back', async ({ target, change, to }) => {
  press = (items) => Promise.resolve(items.find((item) => item === 'Undo'));
  await drop(['test/a.png', 'test/b.png'], target);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(to);
  expect(said[0]).toContain('2 images.');
  expect(labels.steps).toEqual([]);
  press = () => Promise.resolve(undefined);
  await drop(['test/a.png'], target);
  expect(said[1]).toContain('1 image.');
  expect(labels.lastStep).toMatchObject({ images: ['test/a.png'], change });
});

test('Undo of a notice that is old takes nothing else back, and says why', async () => {
  press = async (items) => {
    if (!items.includes('Undo')) return undefined;
    await labels.set(place, ['test/c.png'], { label: 'ok' });
    return 'Undo';
  };
  await drop(['test/a.png'], train);
  expect(labels.steps.map(({ images }) => images)).toEqual([['test/a.png'], ['test/c.png']]);
  expect(said.at(-1)).toContain('Other labels were written since');
});

test('a drop where nothing changes writes nothing and says what can be done', async () => {
  await drop(['test/a.png'], group('folder', 'somewhere'));
  expect(labels.steps).toEqual([]);
  expect(said).toEqual([expect.stringContaining('Drop images on a split or a label')]);
});

const file = '/data/test/bad/a.png';
const mend = (code: string, way?: string): Promise<unknown> =>
  Promise.resolve(problemCommands(services())['problem.mend']?.run({ file, code, way }));

test.each([
  {
    code: 'missed-defect',
    row: 'Mark OK: there is no defect',
    change: { label: 'ok', supervision: '' },
  },
  { code: 'false-alarm', row: 'Mark Defective: there is a defect', change: { label: 'defective' } },
])('the label of a $code is changed from the Problems view', async ({ code, row, change }) => {
  hands.ask = async (title, items) => {
    expect(title).toContain('a.png');
    return (items as { label: string }[]).find(({ label }) => label === row);
  };
  await mend(code);
  expect(labels.steps).toEqual([{ images: ['test/bad/a.png'], change }]);
});

test.each([
  ['mask', 'vscode.openWith', 'segdec.maskEditor'],
  ['open', 'vscode.open', undefined],
])('way %s of a missed defect opens its image by %s', async (way, command, type) => {
  await mend('missed-defect', way);
  expect(labels.steps).toEqual([]);
  const [opened] = ran.filter(([name]) => String(name).startsWith('vscode.open'));
  expect(opened?.[0]).toBe(command);
  expect(opened?.[1]).toEqual(Uri.file(file));
  if (type !== undefined) expect(opened).toContain(type);
});

test('leaving the question of a problem does nothing', async () => {
  await mend('missed-defect');
  expect([labels.steps, ran]).toEqual([[], []]);
});
