/** Import of masks from sources that hold photos as well, and from files whose values mean different things. */
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import {
  bytesOf,
  grey,
  imagesOf,
  imported,
  indexedPng,
  layersOf,
  noPixels,
  reader,
  taken,
  takenImage as image,
  writeFileIn,
} from '../support/maskExchange.ts';
import { bitsWhere, rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const left = bitsWhere(10, 6, (x) => x < 3);
const all = bitsWhere(10, 6, () => true);
const dataset = async (): Promise<string> => await imagesOf(await temporaryFolder(), [image]);

/** A PNG of 10 x 6 of values. */
async function png(
  values: (pixel: number) => readonly number[],
  channels: 1 | 2 | 3 | 4,
): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: 60 }, (_, pixel) => values(pixel)).flat());
  const picture = sharp(data, { raw: { width: 10, height: 6, channels } });
  return await (channels < 3 ? picture.toColourspace('b-w') : picture).png().toBuffer();
}

describe('photos in a folder of masks', () => {
  test.each(['', 'train/'])('with %smasks/, only its files are masks', async (above) => {
    const folder = await dataset();
    const source = await temporaryFolder();
    await writeFileIn(source, `${above}images/a.png`, await grey(10, 6));
    await writeFileIn(source, `${above}masks/a.png`, await bytesOf(left));
    const report = await imported(folder, source);
    expect(report).toMatchObject({ format: 'png', entries: 1, written: 1 });
    expect((await layersOf(folder, image)).defect.equals(left)).toBe(true);
  });

  test('a mask of the whole image in masks/ is one', async () => {
    const { report } = await taken('masks/a.png', await bytesOf(all));
    expect(report).toMatchObject({ written: 1, refused: 0 });
  });

  test('without such a folder, full pictures and those of many values are refused', async () => {
    const full = await taken('images/a.png', await grey(10, 6));
    expect(full.report).toMatchObject({ entries: 1, refused: 1, written: 0 });
    expect(full.messages).toContain('every pixel of it is set, as in a photo');
    const photo = await taken('images/a.png', await png((pixel) => [pixel * 3], 1));
    expect(photo.report).toMatchObject({ refused: 1, written: 0 });
    expect(photo.messages).toContain('it has many values between 0 and 255');
    const colours = await png((pixel) => [pixel, pixel * 2, pixel * 4], 3);
    expect((await taken('images/a.png', colours)).report.refused).toBe(1);
    const bmp = Buffer.alloc(54 + 6 * 32);
    bmp.write('BM', 'latin1');
    [54, 40, 10, 6].forEach((value, i) => bmp.writeUInt32LE(value, 10 + 4 * i));
    bmp.writeUInt16LE(24, 28);
    for (let i = 60; i < bmp.length; i += 1) bmp[i] = i;
    expect((await taken('images/a.bmp', bmp)).messages).toContain('as a photo has');
  });

  test('values of a few classes, and a palette, are a mask', async () => {
    const classes = await png((pixel) => [pixel < 5 ? pixel : 0], 1);
    expect((await taken('m/a.png', classes)).defect[0]).toBe('.####.....');
    const palette = Array.from({ length: 60 }, (_, i): [number, number, number] => [i, i, i * 2]);
    const rows = Array.from({ length: 6 }, (_, y) =>
      Array.from({ length: 10 }, (_, x) => y * 10 + x),
    );
    const { report } = await taken('m/a.png', indexedPng(rows, palette));
    expect(report).toMatchObject({ written: 1, refused: 0 });
  });

  test('pixels that cannot be seen are not set', async () => {
    const seen = (pixel: number): number => (pixel % 10 < 3 ? 255 : 0);
    const { defect } = await taken(
      'm/a.png',
      await png((pixel) => [255, 255, 255, seen(pixel)], 4),
    );
    expect(defect).toEqual(rowsOf(left));
  });
});

describe('texts and photos', () => {
  test('a set of YOLO whose first files are empty', async () => {
    const folder = await dataset();
    const source = await temporaryFolder();
    for (let i = 0; i < 30; i += 1) await writeFileIn(source, `labels/0${i}.txt`, '');
    await writeFileIn(source, 'labels/a.txt', '0 0.1 0.1 0.9 0.1 0.9 0.9\n');
    await writeFileIn(source, 'images/a.png', await grey(10, 6));
    expect(await imported(folder, source)).toMatchObject({ format: 'yolo', written: 1 });
  });

  test('empty labels alone are YOLO by their folder, or by data.yaml', async () => {
    for (const files of [['labels/a.txt'], ['a.txt', 'data.yaml']]) {
      const source = await temporaryFolder();
      for (const name of files) await writeFileIn(source, name, '');
      await writeFileIn(source, 'images/a.png', await grey(10, 6));
      const report = await imported(await dataset(), source);
      expect(report).toMatchObject({ format: 'yolo', entries: 1, unchanged: 1 });
    }
  });

  test.each(['a.txt', 'b.json', 'c.xml', 'd.csv'])(
    'pictures beside %s are no masks',
    async (name) => {
      const source = await temporaryFolder();
      await writeFileIn(source, name, 'no label');
      await writeFileIn(source, 'a.png', await bytesOf(left));
      const folder = await dataset();
      await expect(imported(folder, source)).rejects.toThrow(
        `${name} in a format that is not read`,
      );
      expect(await imported(folder, source, { format: 'png' })).toMatchObject({ written: 1 });
      await writeFileIn(source, 'masks/a.png', await bytesOf(left));
      expect(await imported(folder, source)).toMatchObject({ format: 'png', unchanged: 1 });
    },
  );

  test('photos of Pascal VOC without masks are no masks', async () => {
    const source = await temporaryFolder();
    await writeFileIn(source, 'JPEGImages/a.png', await grey(10, 6));
    await expect(imported(await dataset(), source, { format: 'voc' })).rejects.toThrow(
      'is not a folder with SegmentationClass',
    );
    await writeFileIn(source, 'SegmentationClass/a.png', await bytesOf(left));
    expect(await imported(await dataset(), source, { format: 'voc' })).toMatchObject({
      entries: 1,
    });
    const flat = join(await temporaryFolder(), 'SegmentationClass');
    await writeFileIn(flat, 'a.png', await bytesOf(left));
    expect(await imported(await dataset(), flat, { format: 'voc' })).toMatchObject({ written: 1 });
  });
});

describe('values of Pascal VOC', () => {
  const voc = async (bytes: Uint8Array) => await taken('SegmentationClass/a.png', bytes);

  test('in a grey file of 0 and 255 alone, 255 is the object', async () => {
    const { defect, ignore } = await voc(await png((pixel) => [pixel % 10 < 3 ? 255 : 0], 1));
    expect(defect).toEqual(rowsOf(left));
    expect(ignore).toEqual(noPixels);
  });

  test('values of few and of many bits are classes as they are', async () => {
    const one = await voc(await bytesOf(left));
    expect(one.defect).toEqual(rowsOf(left));
    const deep = Buffer.alloc(120);
    [1, 255, 65_535].forEach((value, i) => deep.writeUInt16LE(value, 2 * i));
    const values = new Uint16Array(deep.buffer, deep.byteOffset, 60);
    const raw = { width: 10, height: 6, channels: 1 } as const;
    const bytes = await sharp(values, { raw }).toColourspace('grey16').png().toBuffer();
    const { defect, ignore } = await voc(bytes);
    expect([defect[0], ignore[0]]).toEqual(['#.#.......', '.#........']);
  });

  test('void pixels alone, and a palette of two blacks, are told of', async () => {
    const rows = Array.from({ length: 6 }, () =>
      Array.from({ length: 10 }, (_, x) => (x < 3 ? 255 : 0)),
    );
    const palette = Array.from({ length: 256 }, (_, i): [number, number, number] => [i, 0, 0]);
    const only = await voc(indexedPng(rows, palette));
    expect(only.messages).toContain('void pixels alone');
    expect(only.messages).not.toContain('palette');
    const black = palette.map((colour, i): typeof colour => (i === 1 ? [0, 0, 0] : colour));
    expect((await voc(indexedPng(rows, black))).messages).toContain('of the colour of entry 0');
    const filled = palette.map((colour, i): typeof colour => (i > 200 ? [0, 0, 0] : colour));
    expect((await voc(indexedPng(rows, filled))).messages).not.toContain('palette');
  });

  test('pixels that cannot be seen are none', async () => {
    const seen = (pixel: number): number => (pixel % 10 < 3 ? 255 : 0);
    const { defect } = await voc(await png((pixel) => [128, 0, 0, seen(pixel)], 4));
    expect(defect).toEqual(rowsOf(left));
  });
});
