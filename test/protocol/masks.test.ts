/** Tiles, and masks that are opened, written and in conflict, over stdio. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { errorCodes, requests } from '../../protocol/messages.ts';
import { makeLayout, maskLayouts, pattern } from '../support/maskLayouts.ts';
import type { MaskLayout } from '../support/maskLayouts.ts';
import { startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';

const layout = maskLayouts['folders'] as MaskLayout;

test('a mask is opened, written, read again, and not written over another change', async () => {
  const folder = await makeLayout(await temporaryFolder(), layout);
  const server = await startRunClient(folder);
  const asked = { project: folder, image: layout.image };
  const first = await server.ask(requests.maskOpen, asked);
  const { width, height } = layout;
  expect(first).toMatchObject({ width, height, defect: null, ignore: null, readOnly: null });
  expect(first.target).toBe(layout.mask);
  const bits = pattern(layout);
  const cache = join(folder, '.segdec', 'cache');
  await mkdir(cache, { recursive: true });
  const defect = join(cache, 'stroke.bits');
  await writeFile(defect, bits.bytes);
  const edit = { ...asked, width, height, defect, ignore: null, stamp: first.stamp };
  const saved = await server.ask(requests.maskWrite, edit);
  expect(saved.outcome).toBe('saved');
  expect(await server.ask(requests.maskStamp, asked)).toEqual({ stamp: saved.stamp });
  const second = await server.ask(requests.maskOpen, asked);
  const read = MaskBits.fromBytes(width, height, await readFile(second.defect ?? ''));
  expect(read.equals(bits)).toBe(true);
  // The stamp is of the files before the first write.
  expect(await server.ask(requests.maskWrite, edit)).toEqual({
    outcome: 'conflict',
    stamp: saved.stamp,
  });
  // The same number of bytes, for an image that was turned meanwhile.
  const turned = await server.refusal(requests.maskWrite, {
    ...{ ...edit, stamp: null },
    ...{ width: height, height: width },
  });
  expect(turned.message).toContain(`has ${width}x${height} pixels now`);
  const outside = join(folder, 'outside.bits');
  await writeFile(outside, bits.bytes);
  const refused = await server.refusal(requests.maskWrite, {
    ...edit,
    defect: outside,
    stamp: null,
  });
  expect(refused).toMatchObject({ code: errorCodes.badInput });
  await writeFile(defect, bits.bytes.subarray(1));
  const short = await server.refusal(requests.maskWrite, { ...edit, stamp: null });
  expect(short.message).toContain('holds no mask');
  expect(await server.ask(requests.imageHeatmap, asked)).toEqual({ file: null, threshold: 0.5 });
});

test('an image becomes tiles once, and a mask of another size is read-only', async () => {
  const folder = await makeLayout(await temporaryFolder(), layout);
  const large = join(folder, 'defective', 'large.png');
  await sharp({ create: { width: 1501, height: 701, channels: 3, background: '#405060' } })
    .png()
    .toFile(large);
  await makeLayout(folder, { ...layout, files: { 'masks/large.png': 200 } });
  const server = await startRunClient(folder);
  const asked = { project: folder, image: 'defective/large.png' };
  const tiles = await server.ask(requests.imageTiles, asked);
  expect(tiles).toMatchObject({ ending: 'png', tile: 512, levels: 3, width: 1501, height: 701 });
  const sizeOf = async (name: string) => {
    const { width, height } = await sharp(join(tiles.folder, name)).metadata();
    return [width, height];
  };
  expect(await sizeOf('0/0_0.png')).toEqual([376, 176]);
  expect(await sizeOf('2/2_1.png')).toEqual([477, 189]);
  expect(await server.ask(requests.imageTiles, asked)).toEqual(tiles);
  expect(await readdir(join(folder, '.segdec', 'cache', 'tiles'))).toHaveLength(1);
  const { readOnly } = await server.ask(requests.maskOpen, asked);
  expect(readOnly).toContain('8x8');
  expect(readOnly).toContain('1501x701');
});

test('a picture that labels.csv names as a mask is not painted over', async () => {
  const folder = await makeLayout(await temporaryFolder(), layout);
  const other = join(folder, 'defective', 'other.png');
  await sharp({ create: { width: 48, height: 32, channels: 3, background: '#405060' } })
    .png()
    .toFile(other);
  const row = `${layout.image},defective,defective/other.png`;
  await writeFile(join(folder, 'labels.csv'), `image,label,mask\n${row}\n`);
  const server = await startRunClient(folder);
  const asked = { project: folder, image: layout.image };
  const { readOnly } = await server.ask(requests.maskOpen, asked);
  expect(readOnly).toContain('names defective/other.png as the mask');
});

test('damaged tiles in the cache are made again, and what else lies there is in nobody’s way', async () => {
  const folder = await makeLayout(await temporaryFolder(), layout);
  const server = await startRunClient(folder);
  const asked = { project: folder, image: layout.image };
  const made = await server.ask(requests.imageTiles, asked);
  const pyramid = join(made.folder, '..');
  await writeFile(join(pyramid, 'tiles.json'), '{"ending":');
  await writeFile(join(pyramid, '..', '.DS_Store'), 'x');
  expect(await server.ask(requests.imageTiles, asked)).toEqual(made);
});
