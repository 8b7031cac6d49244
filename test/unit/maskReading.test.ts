/** Masks as people's programs save them: which pixels are marked, and what the reading says that it assumed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { createImageReader } from '../../server/data/images/reader.ts';
import { bmpFile } from '../support/bmp.ts';
import { indexedPng } from '../support/maskExchange.ts';
import { numberTiff } from '../support/numberTiff.ts';
import { temporaryFolder } from '../support/temporary.ts';

const reader = createImageReader();
afterAll(() => reader.dispose());

const [width, height] = [40, 30];
/** A square of 10 x 8 pixels. */
const isInside = (x: number, y: number): boolean => x >= 12 && x < 22 && y >= 9 && y < 17;
const area = 80;

type ValueOf = (x: number, y: number) => number;
const square =
  (value: number, rest = 0): ValueOf =>
  (x, y) =>
    isInside(x, y) ? value : rest;
const valuesOf = (value: ValueOf): number[] =>
  Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));

const grey = (value: ValueOf) =>
  sharp(Uint8Array.from(valuesOf(value)), { raw: { width, height, channels: 1 } }).toColourspace(
    'b-w',
  );
const deep = (value: ValueOf) =>
  sharp(Uint16Array.from(valuesOf(value)), { raw: { width, height, channels: 1 } }).toColourspace(
    'grey16',
  );
const colour = (value: (x: number, y: number) => readonly number[], channels: 3 | 4 = 3) => {
  const pixels = Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels } });
};
const rowsOf = (value: ValueOf): number[][] =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => value(x, y)));
const tiff = (value: ValueOf, type: Parameters<typeof numberTiff>[1]): Buffer =>
  numberTiff({ width, height, values: valuesOf(value) }, type);

const black = [0, 0, 0] as const;
const white = [255, 255, 255] as const;
type Case = readonly [
  name: string,
  make: () => Promise<Buffer> | Buffer,
  marked: number,
  notes: readonly string[],
];

const plain: readonly Case[] = [
  ['0 and 255', () => grey(square(255)).png().toBuffer(), area, []],
  ['labels 1 instead of 255', () => grey(square(1)).png().toBuffer(), area, []],
  ['one shade of grey', () => grey(square(90)).png().toBuffer(), area, []],
  ['16 bits, 65535', () => deep(square(65_535)).png().toBuffer(), area, []],
  ['16 bits, label 1', () => deep(square(1)).png().toBuffer(), area, []],
  ['16 bits, label 700', () => deep(square(700)).tiff({ compression: 'lzw' }).toBuffer(), area, []],
  ['1 bit', () => grey(square(255)).png({ palette: true, colours: 2 }).toBuffer(), area, []],
  ['a TIFF of 1 bit', () => grey(square(255)).tiff({ bitdepth: 1 }).toBuffer(), area, []],
  ['floating point 0 and 1', () => tiff(square(1), 'float'), area, []],
  ['floating point 0 and 255', () => tiff(square(255), 'float'), area, []],
  ['32-bit labels', () => tiff(square(1), 'uint32'), area, []],
  [
    'red on black',
    () =>
      colour((x, y) => [square(200)(x, y), 0, 0])
        .png()
        .toBuffer(),
    area,
    [],
  ],
  [
    'a BMP of 1 bit',
    () => bmpFile({ width, height, value: (x) => (x < 10 ? 255 : 0) }, 1),
    300,
    [],
  ],
  ['nothing', () => grey(square(0)).png().toBuffer(), 0, []],
];

const assumed: readonly Case[] = [
  [
    'labels 1 to 3',
    () =>
      grey((x, y) => square(1 + (x % 3))(x, y))
        .png()
        .toBuffer(),
    area,
    ['mask-values'],
  ],
  [
    'shades of grey for kinds',
    () =>
      grey((x, y) => square(x < 17 ? 100 : 250)(x, y))
        .png()
        .toBuffer(),
    area,
    ['mask-values'],
  ],
  ['almost all marked', () => grey(square(0, 255)).png().toBuffer(), 1120, ['mask-inverted']],
  ['everything marked', () => grey(square(255, 255)).png().toBuffer(), 1200, ['mask-inverted']],
  [
    'a palette of colours by kind',
    () =>
      indexedPng(
        rowsOf((x, y) => square(x < 17 ? 1 : 2)(x, y)),
        [black, [128, 0, 0], [64, 0, 0]],
      ),
    area,
    ['mask-values'],
  ],
  [
    'a palette that shows all values as black',
    () => indexedPng(rowsOf(square(1)), [black, black]),
    area,
    ['mask-palette'],
  ],
  [
    'a palette that shows one of two values as black',
    () =>
      indexedPng(
        rowsOf((x, y) => square(x < 17 ? 1 : 2)(x, y)),
        [black, black, white],
      ),
    area,
    ['mask-palette'],
  ],
  [
    'a palette whose first colour is no black',
    () => indexedPng(rowsOf(square(1)), [[255, 255, 0], black]),
    1120,
    ['mask-palette', 'mask-inverted'],
  ],
  [
    'a palette of white and black',
    () => indexedPng(rowsOf(square(0, 1)), [white, black]),
    area,
    [],
  ],
  [
    'white under transparency',
    () =>
      colour((x, y) => [...white, square(255)(x, y)], 4)
        .png()
        .toBuffer(),
    area,
    ['mask-alpha'],
  ],
  [
    'black strokes on nothing',
    () =>
      colour((x, y) => [...black, square(255)(x, y)], 4)
        .png()
        .toBuffer(),
    area,
    ['mask-alpha'],
  ],
  [
    'colours that are transparent everywhere',
    () =>
      colour((x, y) => [square(255)(x, y), 0, 0, 0], 4)
        .png()
        .toBuffer(),
    area,
    ['mask-alpha'],
  ],
  [
    'an opaque alpha',
    () =>
      colour((x, y) => [square(255)(x, y), 0, 0, 255], 4)
        .png()
        .toBuffer(),
    area,
    [],
  ],
];

async function read(make: Case[1]) {
  const file = join(await temporaryFolder(), 'mask');
  await writeFile(file, await make());
  const { data, notes } = await reader.mask('/', { kind: 'file', path: file });
  const bits = await reader.maskBits(file);
  // The editor and imports read what training reads.
  expect(bits.notes).toEqual(notes);
  return { marked: data.reduce((sum, value) => sum + value, 0), notes };
}

test.each([...plain, ...assumed])('%s', async (_, make, marked, kinds) => {
  const found = await read(make);
  expect(found.marked).toBe(marked);
  expect(found.notes.map(({ kind }) => kind)).toEqual(kinds);
});

describe('shades count above half', () => {
  const blurred = () => grey(square(255)).blur(1.2);
  test.each([
    ['JPEG of quality 50', () => grey(square(255)).jpeg({ quality: 50 }).toBuffer()],
    [
      'JPEG in colour',
      () =>
        colour((x, y) => [square(255)(x, y), 0, 0])
          .jpeg()
          .toBuffer(),
    ],
    ['a TIFF of JPEG', () => grey(square(255)).tiff({ compression: 'jpeg' }).toBuffer()],
    ['WebP', () => grey(square(255)).webp({ quality: 40 }).toBuffer()],
    ['smooth edges', () => blurred().png().toBuffer()],
    ['smooth edges of 16 bits', () => blurred().toColourspace('grey16').png().toBuffer()],
    [
      'an enlarged mask',
      async () => {
        const small = await grey(square(255)).resize(20, 15, { kernel: 'linear' }).png().toBuffer();
        return await sharp(small).resize(width, height, { kernel: 'linear' }).png().toBuffer();
      },
    ],
    [
      'smooth floating point',
      () => tiff((x, y) => square(1)(x, y) + (x === 11 && y > 9 && y < 17 ? 0.2 : 0), 'float'),
    ],
  ] satisfies readonly (readonly [string, Case[1]])[])('%s', async (_, make) => {
    const { marked, notes } = await read(make);
    // Corners are rounded, edges stay where they were.
    expect(marked).toBeGreaterThan(0.85 * area);
    expect(marked).toBeLessThan(1.15 * area);
    expect(notes.map(({ kind }) => kind)).toEqual(['mask-values']);
    expect(notes[0]?.text).toMatch(/above half of the largest/);
  });
});

test('of several pages the first is read, and that is said', async () => {
  const pages = Buffer.from(valuesOf(square(255)).concat(valuesOf(square(0))));
  const raw = { width, height: 2 * height, channels: 1, pageHeight: height } as const;
  const { marked, notes } = await read(() =>
    sharp(pages, { raw }).webp({ lossless: true, loop: 0 }).toBuffer(),
  );
  expect(marked).toBe(area);
  expect(notes.map(({ kind }) => kind)).toEqual(['pages']);
});
