/** Images of every format that is read, and hostile ones: one image is lost, never the reader. */
import { deflateSync } from 'node:zlib';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { ImageError, createImageReader } from '../../server/data/images/reader.ts';
import { bmpFile } from '../support/bmp.ts';
import { seededRandom } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const reader = createImageReader();
afterAll(() => reader.dispose());
const long = process.env['SEGDEC_LONG'] !== undefined;

/** Left half dark, right half light: survives lossy formats. */
const [width, height] = [16, 8];
const value = (x: number): number => (x < width / 2 ? 0 : 255);
const greyPixels = Buffer.from(Array.from({ length: width * height }, (_, i) => value(i % width)));
const grey = () => sharp(greyPixels, { raw: { width, height, channels: 1 } });
const colourPixels = Buffer.from(
  Array.from({ length: width * height }, (_, i) => [
    value(i % width),
    0,
    255 - value(i % width),
  ]).flat(),
);
const colour = () => sharp(colourPixels, { raw: { width, height, channels: 3 } });
const deepPixels = Uint16Array.from(greyPixels, (v) => v * 257);
const deep = () =>
  sharp(deepPixels, { raw: { width, height, channels: 1 } }).toColourspace('grey16');

const formats: Readonly<Record<string, () => Promise<Buffer> | Buffer>> = {
  'grey.png': () => grey().toColourspace('b-w').png().toBuffer(),
  'colour.png': () => colour().png().toBuffer(),
  'palette.png': () => colour().png({ palette: true }).toBuffer(),
  'alpha.png': () => colour().ensureAlpha(0.5).png().toBuffer(),
  'deep.png': () => deep().png().toBuffer(),
  'grey.jpg': () => grey().toColourspace('b-w').jpeg().toBuffer(),
  'colour.jpg': () => colour().jpeg().toBuffer(),
  'cmyk.jpg': () => colour().toColourspace('cmyk').jpeg().toBuffer(),
  'grey.tiff': () => grey().toColourspace('b-w').tiff().toBuffer(),
  'deep.tiff': () => deep().tiff({ compression: 'lzw' }).toBuffer(),
  'colour.webp': () => colour().webp({ lossless: true }).toBuffer(),
  'one.bmp': () => bmpFile({ width, height, value }, 1),
  'four.bmp': () => bmpFile({ width, height, value }, 4),
  'eight.bmp': () => bmpFile({ width, height, value }, 8),
  'full.bmp': () => bmpFile({ width, height, value }, 24),
  'fuller.bmp': () => bmpFile({ width, height, value }, 32),
};

describe('formats', () => {
  test.each(Object.entries(formats))('%s', async (name, make) => {
    const file = join(await temporaryFolder(), name);
    await writeFile(file, await make());
    const size = await reader.size(file);
    expect(size).toMatchObject({ width, height });
    expect(size.bits).toBe(name.startsWith('deep') ? 16 : 8);
    const isGrey = /^(grey|deep|one|four|eight|full)/.test(name);
    expect(size.channels).toBe(isGrey ? 1 : 3);
    const channels = isGrey ? 1 : 3;
    const { data, maximum } = await reader.read(file, { width, height, channels });
    expect(maximum).toBe(name.startsWith('deep') ? 65535 : 255);
    expect(data).toHaveLength(width * height * channels);
    const tolerance = name.includes('cmyk') ? 0.3 : 0.1;
    expect(Math.abs((data[0] ?? NaN) / maximum)).toBeLessThan(tolerance);
    expect((data[width - 1] ?? 0) / maximum).toBeGreaterThan(1 - tolerance);
  });

  test.each([8, 24, 32] as const)('the colours of a BMP of %i bits', async (bits) => {
    const file = join(await temporaryFolder(), 'colour.bmp');
    const bytes = bmpFile({ width: 1, height: 1, value: () => 255 }, bits);
    // Blue, green, red: in the palette's last colour, or in the pixel itself.
    bytes.set([10, 20, 30], bits === 8 ? 54 + 4 * 255 : 54);
    await writeFile(file, bytes);
    const { data } = await reader.read(file, { width: 1, height: 1, channels: 3 });
    expect([...data]).toEqual([30, 20, 10]);
  });

  test('a photo lying on its side is turned as its EXIF says', async () => {
    const file = join(await temporaryFolder(), 'turned.jpg');
    await writeFile(file, await grey().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect(await reader.size(file)).toMatchObject({ width: height, height: width });
    const { data } = await reader.read(file, { width: height, height: width, channels: 1 });
    expect(data[0]).toBeLessThan(40);
    expect(data.at(-1)).toBeGreaterThan(215);
  });

  test('a mask has its own size, and 1 where it is marked', async () => {
    const file = join(await temporaryFolder(), 'mask.png');
    const pixels = Buffer.from([0, 1, 0, 1, 0, 0]);
    const raw = { width: 3, height: 2, channels: 1 } as const;
    await writeFile(file, await sharp(pixels, { raw }).toColourspace('b-w').png().toBuffer());
    const mask = await reader.mask('/', { kind: 'file', path: file });
    expect([...mask.data]).toEqual([0, 1, 0, 1, 0, 0]);
    expect(mask).toMatchObject({ width: 3, height: 2, notes: [] });
  });

  test('a mask that only a table names is not read where it leads out of its dataset', async () => {
    const folder = await temporaryFolder();
    const outside = join(await temporaryFolder(), 'secret.png');
    await writeFile(outside, await grey().png().toBuffer());
    const { symlink } = await import('node:fs/promises');
    await symlink(outside, join(folder, 'link.png'));
    await expect(
      reader.mask(folder, { kind: 'file', path: 'link.png', isUnlisted: true }),
    ).rejects.toThrow(/leads out of the dataset folder/);
  });
});

/** A PNG of any claimed size whose pixels are all zero: a few kilobytes that unpack to very much. */
function bombPng(w: number, h: number): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const crc = body.reduce((c, b) => (crcTable[(c ^ b) & 255] ?? 0) ^ (c >>> 8), 0xffffffff);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(w, 0);
  header.writeUInt32BE(h, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((w + 1) * Math.min(h, 4000)), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const parts = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

const as = { width: 16, height: 16, channels: 1 } as const;

describe('hostile images', () => {
  test.each([
    ['16385 square', () => bombPng(16_385, 16_385), /more than can be read/],
    ['17000 square, 289 megapixels', () => bombPng(17_000, 17_000), /more than can be read/],
    ['100000 x 1', () => bombPng(100_000, 1), /more than can be read/],
    ['an empty file', () => Buffer.alloc(0), /it is empty/],
    ['text', () => Buffer.from('<svg onload="x"/>'), /no PNG, JPEG, TIFF, WebP or BMP/],
    ['a GIF with the ending of a PNG', () => Buffer.from('GIF89a\x01\0\x01\0'), /no PNG/],
    [
      'a BMP that claims 100000 x 100000',
      () => {
        const bmp = bmpFile({ width: 2, height: 2, value }, 8);
        bmp.writeInt32LE(100_000, 18);
        bmp.writeInt32LE(100_000, 22);
        return bmp;
      },
      /more than can be read/,
    ],
  ] as const)('%s', async (_, make, says) => {
    const file = join(await temporaryFolder(), 'image.png');
    await writeFile(file, make());
    const error: unknown = await reader.read(file, as).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ImageError);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).toContain(file);
  });

  test('1 x 1 is read', async () => {
    const file = join(await temporaryFolder(), 'one.png');
    await writeFile(file, bombPng(1, 1));
    expect((await reader.read(file, as)).data).toHaveLength(256);
  });

  test('an animation gives its first picture', async () => {
    const file = join(await temporaryFolder(), 'moving.webp');
    const frames = Buffer.concat([colourPixels, colourPixels]);
    const raw = { width, height: 2 * height, channels: 3, pageHeight: height } as const;
    await writeFile(file, await sharp(frames, { raw }).webp({ loop: 0 }).toBuffer());
    const { width: w, height: h } = await reader.size(file);
    expect([w, h]).toEqual([width, height]);
  });

  test('cut off at any hundredth: truncated, or read where nothing is missing', async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(7);
    const noise = Buffer.from(Array.from({ length: 64 * 64 }, () => Math.floor(random() * 256)));
    const picture = sharp(noise, { raw: { width: 64, height: 64, channels: 1 } });
    const kinds = { png: picture.clone().png(), jpg: picture.clone().jpeg(), tif: picture.tiff() };
    for (const [ending, made] of Object.entries(kinds)) {
      const whole = await made.toBuffer();
      let refused = 0;
      for (let percent = 0; percent < 100; percent += 1) {
        const file = join(folder, `cut.${ending}`);
        await writeFile(file, whole.subarray(0, Math.floor((whole.length * percent) / 100)));
        try {
          await reader.read(file, as);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
          refused += 1;
        }
      }
      // A TIFF may end with words about the picture: without them it is still whole.
      expect(refused, ending).toBeGreaterThan(ending === 'tif' ? 75 : 90);
    }
  });

  test('damaged bytes cost one image each', async () => {
    const seed = 20_261_124;
    const count = long ? 10_000 : 200;
    console.log(`damaged images: seed ${seed}, ${count} files`);
    const random = seededRandom(seed);
    const folder = await temporaryFolder();
    const originals: Buffer[] = [];
    for (const name of ['colour.png', 'colour.jpg', 'deep.tiff', 'eight.bmp'] as const) {
      originals.push(await (formats[name] as () => Promise<Buffer> | Buffer)());
    }
    let read = 0;
    for (let i = 0; i < count; i += 1) {
      const bytes = Buffer.from(originals[i % originals.length] as Buffer);
      for (let k = 0; k < 1 + Math.floor(random() * 8); k += 1) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const file = join(folder, 'damaged');
      await writeFile(file, bytes);
      try {
        await reader.read(file, as);
        read += 1;
      } catch (error) {
        expect(error, `seed ${seed}, file ${i}`).toBeInstanceOf(ImageError);
      }
    }
    console.log(`${read} of ${count} could still be read`);
    const good = join(folder, 'good.png');
    await writeFile(good, originals[0] as Buffer);
    expect((await reader.read(good, as)).data).toHaveLength(256);
    expect((await readFile(good)).length).toBeGreaterThan(0);
  });

  test('a decoder that takes too long is ended, and the next image is read', async () => {
    const hasty = createImageReader({ timeoutMs: 1 });
    const file = join(await temporaryFolder(), 'large.png');
    await writeFile(file, bombPng(4000, 4000));
    await expect(hasty.read(file, as)).rejects.toThrow(/longer than 0.001 s|truncated/);
    await hasty.dispose();
    expect((await reader.size(file)).width).toBe(4000);
  });
});
