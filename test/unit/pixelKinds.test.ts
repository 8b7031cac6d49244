/** Images that are not read as they are meant are refused or told of by name; masks fit as they were drawn. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataset, resolveLabels } from '../../server/data/dataset.ts';
import type { OpenOptions } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { inspectDataset } from '../../server/data/inspect.ts';
import { vanishedWarning } from '../../server/runs/maskSurvey.ts';
import { prepareLabels, vanishes } from '../../server/method/labels.ts';
import { numberTiff } from '../support/numberTiff.ts';
import type { NumberType } from '../support/numberTiff.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { plainPng, writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';

const reader = createImageReader();
afterAll(() => reader.dispose());

async function inspect(files: Readonly<Record<string, Content>>, options: OpenOptions = {}) {
  const folder = await writeTree(await temporaryFolder(), files);
  return await inspectDataset(await openDataset(folder, options), reader);
}

const ramp = Array.from({ length: 64 }, (_, i) => i);
const page = { width: 8, height: 8, values: ramp };
const bigTiff = Buffer.from('II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0', 'latin1');

describe('refused by name', () => {
  const numbers: readonly (readonly [NumberType, RegExp])[] = [
    ['float', /floating point/],
    ['double', /64 bits a channel/],
    ['uint32', /32-bit integers/],
    ['int32', /signed 32-bit integers/],
    ['int16', /signed 16-bit integers/],
    ['int8', /signed 8-bit integers/],
  ];
  const others: readonly (readonly [string, Buffer, RegExp])[] = [
    ['BigTIFF', bigTiff, /a BigTIFF/],
    ['GIF', Buffer.from('GIF89a\x01\0\x01\0', 'latin1'), /a GIF image/],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'), /a HEIF image/],
    ['JPEG 2000', Buffer.from('\0\0\0\x0cjP  \r\n', 'latin1'), /a JPEG 2000 image/],
    ['a pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/],
    ['a web page', Buffer.from('<!DOCTYPE html><html></html>'), /a web page/],
  ];
  test.each([
    ...numbers.map(([type, says]) => [type, numberTiff(page, type), says] as const),
    ...others,
  ])('%s', async (_, bytes, says) => {
    const file = join(await temporaryFolder(), 'image.tif');
    await writeFile(file, bytes);
    const as = { width: 8, height: 8, channels: 1 } as const;
    await expect(reader.read(file, as)).rejects.toThrow(says);
  });

  test.each(['uint8', 'uint16'] as const)('%s is read', async (type) => {
    const file = join(await temporaryFolder(), 'image.tif');
    await writeFile(file, numberTiff(page, type));
    const { data } = await reader.read(file, { width: 8, height: 8, channels: 1 });
    expect([...data]).toEqual(ramp);
  });
});

test('several pages, 12 bits in 16, names without an ending and rare ones are told of or read', async () => {
  const jpeg = await sharp(await plainPng(70))
    .jpeg()
    .toBuffer();
  const { findings, samples } = await inspect({
    'ok/pages.tif': numberTiff(page, 'uint8', 3),
    'ok/dark.tif': numberTiff({ ...page, values: ramp.map((v) => 60 * v) }, 'uint16'),
    'ok/a.jfif': jpeg,
    'ok/b.JPE': await sharp(await plainPng(90))
      .jpeg()
      .toBuffer(),
    'ok/IMG_0001': jpeg,
    'defective/c.png': 5,
    README: 'No image.',
  });
  expect(samples).toBe(5);
  expect(findings.map(({ kind, files }) => `${kind} ${files[0] ?? ''}`).sort()).toEqual([
    'pages ok/pages.tif',
    'pixel-range ok/dark.tif',
    'unreadable ok/IMG_0001',
  ]);
  expect(findings.find(({ files }) => files[0] === 'ok/IMG_0001')?.message).toMatch(
    /JPEG image.*no ending.*rename it to ok\/IMG_0001\.jpg/,
  );
});

describe('run lengths', () => {
  const steel = async (
    [width, height]: readonly [number, number],
    rows: readonly string[],
    header = 'ImageId,ClassId,EncodedPixels',
  ) => {
    const image = await sharp({ create: { width, height, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer();
    const folder = await writeTree(await temporaryFolder(), {
      'train_images/a.jpg': image,
      'train_images/b.jpg': image,
      'train.csv': `${[header, ...rows].join('\n')}\n`,
    });
    return await resolveLabels(await openDataset(folder), reader);
  };
  const masksOf = async (dataset: Awaited<ReturnType<typeof steel>>) =>
    await Promise.all(
      dataset.samples.map(async ({ mask }) => {
        if (mask === undefined) return 'none';
        const { data, width, height } = await reader.mask(dataset.root, mask);
        return `${width}x${height} ${data.reduce((sum, value) => sum + value, 0)}`;
      }),
    );
  const kindsOf = ({ findings }: Awaited<ReturnType<typeof steel>>): string[] =>
    findings.map(({ kind, severity }) => `${kind} ${severity}`);

  test('of the published size stay, and several rows of one class are one mask', async () => {
    const dataset = await steel([1600, 256], ['a.jpg,3,1 5', 'a.jpg,3,4 5', 'b.jpg,4,1 1']);
    expect(await masksOf(dataset)).toEqual(['1600x256 8', 'none']);
    expect(kindsOf(dataset)).toEqual([]);
  });

  test("are of the images' own size where they fit it", async () => {
    const dataset = await steel([200, 150], ['a.jpg,3,1 5 29999 2', 'b.jpg,3,7 1']);
    expect(await masksOf(dataset)).toEqual(['200x150 7', '200x150 1']);
    expect(kindsOf(dataset)).toEqual(['runs-size warning']);
  });

  test('larger than published are of their own size', async () => {
    const dataset = await steel([2000, 300], ['a.jpg,3,599999 2']);
    expect(await masksOf(dataset)).toEqual(['2000x300 2', 'none']);
  });

  test('of images that were made smaller are stretched, all of them', async () => {
    const dataset = await steel([800, 128], ['a.jpg,3,1 5', 'b.jpg,3,200000 4']);
    expect(await masksOf(dataset)).toEqual(['1600x256 5', '1600x256 4']);
    expect(kindsOf(dataset)).toEqual(['runs-size warning']);
  });

  test('that fit nothing are a fault', async () => {
    const dataset = await steel([200, 200], ['a.jpg,3,409600 2', 'b.jpg,3,1 1']);
    expect(kindsOf(dataset)).toContain('label-row error');
  });

  test('-1, classes as 3.0 and images without a class are read; semicolons are named', async () => {
    const dataset = await steel([1600, 256], ['a.jpg,3.0,1 5', 'b.jpg,3,-1', 'b.jpg,,']);
    expect(await masksOf(dataset)).toEqual(['1600x256 5', 'none']);
    expect(kindsOf(dataset)).toEqual([]);
    const other = await steel([1600, 256], ['a.jpg;3;1 5'], 'ImageId;ClassId;EncodedPixels');
    expect(kindsOf(other)).toEqual(['label-row error']);
    expect(other.findings[0]?.message).toMatch(/separated by semicolons/);
  });
});

describe('an image turned by its EXIF orientation', () => {
  const tree = async (orientation: number, mask: readonly [number, number]) => {
    const bare = sharp({ create: { width: 24, height: 16, channels: 3, background: 'grey' } });
    const [width, height] = mask;
    const marked = Uint8Array.from({ length: width * height }, (_, i) => (i < 20 ? 255 : 0));
    return {
      'ok/o.png': 3,
      'defective/a.jpg': await bare.withMetadata({ orientation }).jpeg().toBuffer(),
      'masks/a.png': await sharp(marked, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer(),
    };
  };
  test.each([
    [6, [24, 16], 'orientation error'],
    [8, [24, 16], 'orientation error'],
    [5, [24, 16], 'orientation error'],
    [6, [16, 24], ''],
    [3, [24, 16], 'orientation warning'],
    [6, [12, 12], 'mask-size warning'],
    [1, [16, 24], 'mask-size warning'],
  ] as const)('%i with a mask of %j: %s', async (orientation, mask, wanted) => {
    const { findings } = await inspect(await tree(orientation, mask));
    expect(findings.map(({ kind, severity }) => `${kind} ${severity}`).join()).toBe(wanted);
    if (wanted === 'orientation error') {
      expect(findings[0]?.message).toMatch(
        new RegExp(`EXIF orientation ${orientation}.*"orientation": "stored".*segdec.json`),
      );
    }
  });

  test('lies as stored where segdec.json says so', async () => {
    const files = await tree(6, [24, 16]);
    const stored = await inspect(files, { orientation: 'stored' });
    expect(stored.findings).toEqual([]);
    expect(stored.sizes).toContainEqual({ size: '24x16x3', images: 1 });
  });
});

describe('a defect that resizing loses', () => {
  test('asks for no size larger than the images, whatever their shape', () => {
    const [network, wide] = [
      { imageWidth: 256, imageHeight: 128 },
      { width: 1601, height: 256 },
    ];
    const lost = { findings: [], vanished: ['a.jpg'], ...wide };
    expect(vanishedWarning(lost, 3, network)).toMatch(/--dilation 9,.*\(up to 1608x256\)/);
    const high = { ...lost, width: 90, height: 1000 };
    expect(vanishedWarning(high, 3, network)).toMatch(/--dilation 9,.*\(up to 256x1000\)/);
  });

  const options = {
    ...{ imageWidth: 64, imageHeight: 32, dilation: 1, positiveWeight: 1, distancePower: 2 },
    ...{ distanceWeights: true, weightsPerRegion: false },
  };
  const size = { width: 640, height: 320 };
  const withBox = (x: number, y: number, side: number) => {
    const data = new Uint8Array(size.width * size.height);
    for (let r = y; r < y + side; r += 1)
      data.fill(1, r * size.width + x, r * size.width + x + side);
    return { data, ...size };
  };

  test.each([1, 3])('of %i pixels keeps a target where it lies, at every place', (side) => {
    let lost = 0;
    for (let step = 0; step < 30; step += 1) {
      const [x, y] = [40 + step * 19, 50 + step * 8];
      const mask = withBox(x, y, side);
      const { target, mapWidth } = prepareLabels(mask, undefined, options);
      const most = Math.max(...target);
      expect(most).toBeGreaterThan(0);
      if (!vanishes(mask, options)) continue;
      lost += 1;
      const cell = target.indexOf(most);
      expect(most).toBe(1);
      // Cell i is centred on 8i + 0.5 of the input, ten times as much of the mask.
      const [across, down] = [80 * (cell % mapWidth) + 5, 80 * Math.floor(cell / mapWidth) + 5];
      expect(Math.abs(across - x - side / 2)).toBeLessThanOrEqual(41);
      expect(Math.abs(down - y - side / 2)).toBeLessThanOrEqual(41);
    }
    expect(lost).toBeGreaterThan(10);
  });

  test('is none when it is widened, or large enough', () => {
    for (let x = 100; x < 120; x += 1) {
      expect(vanishes(withBox(x, x, 1), { ...options, dilation: 11 })).toBe(false);
    }
    expect(vanishes(withBox(100, 100, 30), options)).toBe(false);
    expect(vanishes(withBox(0, 0, 0), options)).toBe(false);
  });
});
