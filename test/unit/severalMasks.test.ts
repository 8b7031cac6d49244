/** Masks of one image in several files are one everywhere, and VisA's table tells the kinds of defects. */
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { exportMasks } from '../../server/data/masks/exchange/exportMasks.ts';
import { openExchangeDataset } from '../../server/data/masks/exchange/dataset.ts';
import { openMask } from '../../server/data/masks/openMask.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';
import { temporaryFolder } from '../support/temporary.ts';

const reader = createImageReader({ timeoutMs: 60_000 });
afterAll(() => reader.dispose());

/** A mask of 24 x 24 with a square of 6 whose corner lies at a place. */
const square = (at: number): Promise<Uint8Array> => {
  const inside = (i: number): boolean => i >= at && i < at + 6;
  const pixels = Uint8Array.from({ length: 576 }, (_, i) =>
    inside(i % 24) && inside(Math.floor(i / 24)) ? 255 : 0,
  );
  return sharp(pixels, { raw: { width: 24, height: 24, channels: 1 } })
    .png()
    .toBuffer();
};

async function loco(): Promise<string> {
  const photo = await sharp({ create: { width: 24, height: 24, channels: 3, background: '#777' } })
    .png()
    .toBuffer();
  return await writeTree(await temporaryFolder(), {
    'train/good/0.png': photo,
    'test/structural_anomalies/4.png': photo,
    'ground_truth/structural_anomalies/4/000.png': await square(1),
    'ground_truth/structural_anomalies/4/001.png': await square(16),
    'ground_truth/structural_anomalies/4/002.png': await square(9),
  });
}

describe('three masks of one image', () => {
  const image = 'test/structural_anomalies/4.png';

  test('are all outlined in its picture', async () => {
    const root = await loco();
    const sample = (await openDataset(root)).samples.find((one) => one.image === image);
    if (sample?.mask === undefined) throw new Error('no mask');
    const { jpeg } = await reader.picture(join(root, image), {
      ...{ side: 24, mask: { root, source: sample.mask } },
    });
    const { data } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    const isCyan = (x: number, y: number): boolean =>
      (data[3 * (24 * y + x)] ?? 255) < 90 && (data[3 * (24 * y + x) + 2] ?? 0) > 150;
    expect([1, 9, 16].map((at) => isCyan(at, at))).toEqual([true, true, true]);
    expect(isCyan(23, 0)).toBe(false);
  });

  test('are shown as one in the editor, which writes none of them, and exported as one', async () => {
    const root = await loco();
    const dataset = await openExchangeDataset(root);
    const layers = await openMask(dataset.subject(image), reader);
    expect(layers.defect?.count()).toBe(3 * 36);
    expect(layers.readOnly).toContain('marked in 3 files');
    expect(layers.held.defect).toBeUndefined();
    const output = join(await temporaryFolder(), 'out');
    const signal = new AbortController().signal;
    const report = await exportMasks(dataset, { format: 'png', output, reader, signal });
    expect(report).toMatchObject({ defective: 1 });
  });
});

describe("VisA's table of kinds", () => {
  const visa: Readonly<Record<string, Content>> = {
    'fuse/Data/Images/Normal/001.JPG': 1,
    'fuse/Data/Images/Anomaly/007.JPG': 2,
    'fuse/Data/Images/Anomaly/008.JPG': 3,
    'fuse/Data/Masks/Anomaly/007.png': 255,
    'fuse/Data/Masks/Anomaly/008.png': 255,
  };
  const head = 'image,label,mask\n';
  const cases: readonly [string, string, string, string, readonly RegExp[]][] = [
    [
      'kinds, some of several words',
      'fuse/image_anno.csv',
      `${head}fuse/Data/Images/Normal/001.JPG,normal,\nfuse/Data/Images/Anomaly/007.JPG,"melt,hole",x\nfuse\\Data\\Images\\Anomaly\\008.jpg,burnt,\n`,
      'melt,hole;burnt',
      [],
    ],
    [
      'what it calls otherwise, and rows of no image',
      'fuse/image_anno.csv',
      `${head}fuse/Data/Images/Normal/001.JPG,bent,\nfuse/Data/Images/Anomaly/007.JPG,normal,\nfuse/Data/Images/Anomaly/099.JPG,bent,\n`,
      ';',
      [/calls 2 images otherwise .*007\.JPG, .*001\.JPG/, /1 row of images that are not there/],
    ],
    [
      'other columns',
      'fuse/image_anno.csv',
      'file,defect\na,b\n',
      ';',
      [/no columns image and label/],
    ],
  ];
  test.each(cases)('%s', async (_, path, text, kinds, told) => {
    const root = await writeTree(await temporaryFolder(), { ...visa, [path]: text });
    const { samples, findings } = await openDataset(root);
    const defective = samples.filter(({ label }) => label === 'defective');
    expect(defective.map(({ kind }) => kind).join(';')).toBe(kinds);
    const messages = findings.filter(({ kind }) => kind === 'label-row').map((f) => f.message);
    expect(messages).toHaveLength(told.length);
    told.forEach((pattern, i) => expect(messages[i]).toMatch(pattern));
  });

  test('counts in the folder of the category as well', async () => {
    const files = Object.entries(visa).map(([path, value]) => [path.slice(5), value] as const);
    const root = await writeTree(await temporaryFolder(), {
      ...Object.fromEntries(files),
      'image_anno.csv': `${head}fuse/Data/Images/Anomaly/008.JPG,bent,\n`,
    });
    const { samples } = await openDataset(root);
    expect(samples.map(({ kind }) => kind)).toEqual(['', 'bent', '']);
  });
});
