/** What `segdec train`, `masks import` and `export` say and write of pixels that are read in one of several ways. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createImageReader } from '../../server/data/images/reader.ts';
import { pythonScript } from '../../server/runs/pythonScript.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';

const [width, height] = [640, 320];
type ValueOf = (x: number, y: number) => number;
const box =
  (left: number, top: number, side: number): ValueOf =>
  (x, y) =>
    x >= left && x < left + side && y >= top && y < top + side ? 255 : 0;
const picture = (value: ValueOf) =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
    { raw: { width, height, channels: 1 } },
  ).toColourspace('b-w');

/** Two good images, and defective ones with these masks. */
async function dataset(masks: Readonly<Record<string, Content>>): Promise<string> {
  const files: Record<string, Content> = {};
  const add = async (name: string, seed: number): Promise<void> => {
    files[name] = await picture((x, y) => (x * seed + y) % 200)
      .png()
      .toBuffer();
  };
  await add('train/ok/1.png', 3);
  await add('train/ok/2.png', 4);
  await add('test/ok/3.png', 5);
  let seed = 5;
  for (const mask of Object.keys(masks)) {
    seed += 1;
    await add(mask.replace('masks', 'defective').replace(/\w+$/, 'png'), seed);
  }
  return await writeTree(await temporaryFolder(), { ...files, ...masks });
}

const small = ['--epochs', '1', '--width', '0.05', '--size', '128x64', '--threads', '1'];

test('training says what reading masks assumed and which defects are lost, and goes on', async () => {
  const data = await dataset({
    'train/masks/tiny.png': await picture(box(100, 101, 1))
      .png()
      .toBuffer(),
    'train/masks/jpeg.jpg': await picture(box(100, 100, 60))
      .jpeg({ quality: 60 })
      .toBuffer(),
    'test/masks/inverted.png': await picture((x, y) => 255 - box(9, 9, 80)(x, y))
      .png()
      .toBuffer(),
  });
  // As a camera of 10 bits writes them.
  const dark = sharp(new Uint16Array(width * height).fill(1023), {
    raw: { width, height, channels: 1 },
  }).toColourspace('grey16');
  await writeFile(join(data, 'train/ok/dark.png'), await dark.png().toBuffer());
  const run = join(data, '.segdec', 'run');
  const { code, stderr } = await cli(['train', data, '--output', run, ...small, '--dilation', '1']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /Of 1 of the 2 masks .* nothing is left at 128x64 \(train\/defective\/tiny\.png\).*--dilation 7.*--size.*tiles/,
  );
  expect(stderr).toMatch(/train\/masks\/jpeg\.jpg has .* values instead of two/);
  expect(stderr).toMatch(/test\/masks\/inverted\.png marks 97 % of the image/);
  expect(stderr).toMatch(/train\/ok\/dark\.png has 16 bits and no value above 1023/);

  const predicted = await cli(['predict', run, join(data, 'train/ok'), '--quiet']);
  expect(predicted.code).toBe(0);
  const warnings = predicted.stderr.split('\n').filter((line) => line !== '');
  expect(warnings).toEqual([
    expect.stringMatching(/dark\.png has 16 bits and no value above 1023/),
  ]);

  const [model, script] = [join(run, '..', 'model.onnx'), join(run, '..', 'score.py')];
  const exported = await cli(['export', run, '--onnx', model, '--python', script]);
  expect(exported.code, exported.stderr).toBe(0);
  expect(await readFile(script, 'utf8')).toBe(pythonScript);
  expect((await readFile(model)).includes('BT.601')).toBe(true);
});

test('masks of the stored pixels of a turned image are refused, and fit with the choice', async () => {
  const data = await dataset({
    'train/masks/a.png': await picture(box(100, 100, 60))
      .png()
      .toBuffer(),
    'test/masks/b.png': await picture(box(10, 20, 60))
      .png()
      .toBuffer(),
  });
  const turned = join(data, 'train/defective/a.png');
  await writeFile(turned, await sharp(turned).withMetadata({ orientation: 6 }).png().toBuffer());
  const run = join(data, '.segdec', 'run');
  const train = ['train', data, '--output', run, ...small];
  const refused = await cli(train);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/EXIF orientation 6.*"orientation": "stored".*segdec\.json/);
  expect(existsSync(run)).toBe(false);
  await writeFile(join(data, 'segdec.json'), '{ "orientation": "stored" }\n');
  const { code, stderr } = await cli(train);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/orientation/);
  expect(await readFile(join(run, 'run.json'), 'utf8')).toContain('"orientation": "stored"');
});

test('an import says what reading a mask assumed', async () => {
  const data = await dataset({
    'train/masks/a.png': await picture(() => 0)
      .png()
      .toBuffer(),
  });
  const source = join(await temporaryFolder(), 'masks');
  const smooth = await picture(box(100, 100, 60))
    .blur(2)
    .png()
    .toBuffer();
  await writeTree(source, { 'train/a.png': smooth });
  const { stderr, stdout } = await cli(['masks', 'import', data, source]);
  expect(stderr).toMatch(/values instead of two, as smooth edges and JPEG give/);
  expect(stdout).toMatch(/1 written/);
  const reader = createImageReader();
  const mask = await reader.mask(data, { kind: 'file', path: 'train/masks/a.png' });
  await reader.dispose();
  const marked = mask.data.reduce((sum, value) => sum + value, 0);
  expect(Math.abs(marked - 3600)).toBeLessThan(100);
});
