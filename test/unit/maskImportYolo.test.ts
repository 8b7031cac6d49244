/** Import of YOLO's labels: where the names of classes come from, boxes, and sentences for lines that are none. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { namesInYaml } from '../../server/data/masks/exchange/yoloNames.ts';
import {
  imagesOf,
  imported,
  layersOf,
  reader,
  taken,
  takenImage as image,
  writeFileIn,
} from '../support/maskExchange.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const line = '1 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n';
const noNames = 'No names of classes were found';

/** Whether class 1 was ignored, and the messages. */
async function ignoredOf(
  files: Readonly<Record<string, string>>,
  part = '.',
): Promise<{ isIgnored: boolean; messages: string }> {
  const folder = await imagesOf(await temporaryFolder(), [image]);
  const source = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFileIn(source, name, text);
  const report = await imported(folder, join(source, part));
  expect(report).toMatchObject({ format: 'yolo', written: 1 });
  const { ignore } = await layersOf(folder, image);
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  return { isIgnored: !ignore.isEmpty, messages };
}

describe('names of classes', () => {
  const list = { 'classes.txt': 'scratch\nignore\n' };
  const yaml = 'path: .\nnames: [scratch, "ignore"] # two\n';
  const cases: [string, Readonly<Record<string, string>>, string][] = [
    ['in the folder', { ...list, 'a.txt': line }, '.'],
    ['above labels', { ...list, 'labels/a.txt': line }, 'labels'],
    ['above a part', { ...list, 'labels/train/a.txt': line }, 'labels/train'],
    ['beside a file', { ...list, 'a.txt': line }, 'a.txt'],
    ['above a file in labels', { ...list, 'labels/a.txt': line }, 'labels/a.txt'],
    ['in data.yaml', { 'data.yaml': yaml, 'labels/a.txt': line }, '.'],
    ['in data.yaml above', { 'data.yaml': yaml, 'train/labels/a.txt': line }, 'train/labels'],
    ['where an empty list lies', { 'classes.txt': '\n', 'data.yaml': yaml, 'a.txt': line }, '.'],
  ];

  test.each(cases)('%s', async (_, files, part) => {
    const { isIgnored, messages } = await ignoredOf(files, part);
    expect(isIgnored).toBe(true);
    expect(messages).not.toContain(noNames);
  });

  test('that are nowhere are told of', async () => {
    const { isIgnored, messages } = await ignoredOf({ 'labels/a.txt': line });
    expect(isIgnored).toBe(false);
    expect(messages).toContain(noNames);
  });

  test.each([
    ['names: [a, b]', ['a', 'b']],
    ['nc: 2\nnames:\n- a\n- "b"\nnext: 1', ['a', 'b']],
    ['names:\n  - a # first\n  - b', ['a', 'b']],
    ['names:\n  0: a\n  1: b\n', ['a', 'b']],
    ["names: {0: a, 1: 'b'}", ['a', 'b']],
    ['names: [a,\n  b]', ['a', 'b']],
    ['names:', undefined],
    ['names: [a', undefined],
    ['train: x', undefined],
    ['names:\n  999999999: a\n', undefined],
  ])('%j', (text, names) => {
    expect(namesInYaml(text)).toEqual(names);
  });
});

test('boxes are told of once', async () => {
  const source = await temporaryFolder();
  const folder = await imagesOf(await temporaryFolder(), [image, 'defective/b.png']);
  const box = '0 0.5 0.5 0.2 0.2\n';
  await writeFileIn(source, 'labels/a.txt', box + box);
  await writeFileIn(source, 'labels/b.txt', box);
  const report = await imported(folder, source);
  expect(report.written).toBe(2);
  const told = report.findings.shown.filter(({ message }) => message.includes('boxes'));
  expect(told).toHaveLength(1);
});

test('a box with a confidence costs the image, and says so', async () => {
  const { messages, report } = await taken('a.txt', '0 0.5 0.5 0.2 0.2 0.93\n');
  expect(report.refused).toBe(1);
  expect(messages).toContain('is a box with a confidence; export without confidences');
});

test('XML without a root, and broken JSON among files of labelme', async () => {
  for (const text of ['', '<?xml version="1.0"?>\n']) {
    await expect(taken('a.xml', text)).rejects.toThrow('has no XML in it');
  }
  const source = await temporaryFolder();
  await writeFileIn(source, 'a.json', '{"shapes": [');
  const folder = await imagesOf(await temporaryFolder(), [image]);
  const { findings } = await imported(folder, source);
  const message = findings.shown.find(({ severity }) => severity === 'error')?.message;
  expect(message).toMatch(/^a\.json: it is not valid JSON/);
});
