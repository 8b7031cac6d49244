/** Import of YOLO's labels: where the names of classes come from, boxes, and sentences for lines that are none. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { namesInYaml } from '../../server/data/masks/exchange/yoloNames.ts';
import {
  imagesOf,
  imported,
  layersOf,
  noPixels,
  reader,
  rectangle,
  taken,
  takenImage as image,
  writeFileIn,
} from '../support/maskExchange.ts';
import { rowsOf } from '../support/masks.ts';
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

test('keypoints are no areas', async () => {
  const folder = await imagesOf(await temporaryFolder(), [image]);
  const source = await temporaryFolder();
  await writeFileIn(source, 'data.yaml', 'names: [x]\nkpt_shape: [2, 2]\n');
  await writeFileIn(source, 'labels/a.txt', '0 0.5 0.5 0.2 0.2 0.4 0.4 0.6 0.6\n');
  await expect(imported(folder, source)).rejects.toThrow('describes keypoints ("kpt_shape")');
  expect((await layersOf(folder, image)).defect.isEmpty).toBe(true);
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

test('a confidence at the end of boxes and of polygons is left out, and that is said once', async () => {
  const box = await taken('a.txt', '0 0.35 0.3333333 0.3 0.3333333 0.93\n');
  expect(box.report).toMatchObject({ written: 1, lost: 0 });
  expect(box.defect).toEqual(rectangle);
  const polygon = '0 0.2 0.1667 0.5 0.1667 0.5 0.5 0.2 0.5 0.87\n';
  const { defect, messages } = await taken('a.txt', polygon + polygon);
  expect(defect).toEqual(rectangle);
  expect(messages.split('a confidence behind')).toHaveLength(2);
});

test('one line with an odd number among others was cut off, and costs itself', async () => {
  const whole = '0 0.2 0.1667 0.5 0.1667 0.5 0.5 0.2 0.5\n';
  const { defect, messages, report } = await taken('a.txt', `${whole}0 0.1 0.1 0.9 0.1 0.9 0.9 0.`);
  expect(defect).toEqual(rectangle);
  expect(report).toMatchObject({ written: 1, lost: 1 });
  expect(messages).toContain('line 2 is left out');
});

describe('places that are no shares', () => {
  test.each([
    ['0 2 1 5 1 5 3 2 3\n', 1],
    ['0 3 2 3 2\n', 1],
    ['0 2 1 5 1 5 3 2 3\n0 1 1 1 0 0 1\n', 2],
    ['0 20.5 10.5 50.5 10.5 50.5 30.5\n', 1],
  ])('%j: nothing is drawn', async (text, lost) => {
    const { defect, report, messages } = await taken('a.txt', text);
    expect(defect).toEqual(noPixels);
    expect(report).toMatchObject({ written: 0, refused: 1, lost });
    expect(messages).toContain('if these are pixels, divide them by width and height');
  });

  test('a little over the edge is inside of it', async () => {
    const { defect, report } = await taken(
      'a.txt',
      '0 0.8 -0.01 1.0021 -0.01 1.0021 0.2 0.8 0.2\n',
    );
    expect(report).toMatchObject({ written: 1, lost: 0 });
    expect(defect[0]).toBe('........##');
  });
});

describe('classes', () => {
  const places = '0.2 0.1667 0.5 0.1667 0.5 0.5 0.2 0.5\n';

  test('as 0.0, as a word of classes.txt, and as a word of nothing', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image]);
    const source = await temporaryFolder();
    await writeFileIn(source, 'classes.txt', 'scratch\nignore\n');
    await writeFileIn(source, 'labels/a.txt', `1.0 ${places}scratch ${places}crack ${places}`);
    const report = await imported(folder, source);
    expect(report).toMatchObject({ format: 'yolo', written: 1, lost: 1 });
    const { defect, ignore } = await layersOf(folder, image);
    expect([rowsOf(defect), rowsOf(ignore)]).toEqual([rectangle, rectangle]);
    expect(report.findings.shown.at(-1)?.message).toContain(
      'line 3 is left out: "crack" is no number',
    );
  });

  test('alone as 0.0 is found to be YOLO', async () => {
    expect((await taken('labels/a.txt', `0.0 ${places}`)).report).toMatchObject({ written: 1 });
  });
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
