/** Images that are cut off, and cut off and closed: refused, or read as the whole file is. Whole ones are read. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { ImageError, createImageReader } from '../../server/data/images/reader.ts';
import { bmpFile } from '../support/bmp.ts';
import { jpegFile } from '../support/jpeg.ts';
import type { JpegRequest } from '../support/jpeg.ts';
import { shared } from '../support/shared.ts';
import { tiffFile } from '../support/tiff.ts';
import type { TiffRequest } from '../support/tiff.ts';

const reader = createImageReader();
const folder = await mkdtemp(join(tmpdir(), 'segdec-test-'));
afterAll(async () => {
  await reader.dispose();
  await rm(folder, { recursive: true });
});
const isLong = process.env['SEGDEC_LONG'] !== undefined;

const [width, height] = [96, 80];
const pixels = Buffer.from(
  Array.from({ length: 3 * width * height }, (_, i) =>
    Math.floor(Math.sin(i * 0.013) * 60 + 128 + ((i * 7919) % 37)),
  ),
);
const rgb = () => sharp(pixels, { raw: { width, height, channels: 3 } });

async function planes(bytes: Buffer): Promise<Uint8Array | Uint16Array> {
  const file = join(folder, 'image');
  await writeFile(file, bytes);
  return (await reader.read(file, { width, height, channels: 3 })).data;
}

/** What is wrong with an image, or its pixels. */
async function seen(bytes: Buffer): Promise<string | Uint8Array | Uint16Array> {
  try {
    return await planes(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    return (error as Error).message;
  }
}

/** Cuts at each hundredth; `close` ends what is left as a whole file does. */
async function cut(
  whole: Buffer,
  close: (part: Buffer) => Buffer = (part) => part,
): Promise<string[]> {
  const wanted = await planes(whole);
  const refusals: string[] = [];
  const steps = isLong ? 1000 : 100;
  for (let step = 1; step < steps; step += 1) {
    const at = Math.floor((whole.length * step) / steps);
    const result = await seen(close(whole.subarray(0, at)));
    if (typeof result === 'string') refusals.push(result);
    else expect(result, `cut at byte ${at} of ${whole.length}`).toEqual(wanted);
  }
  return refusals;
}

const plain: TiffRequest = {
  ...{ width, height, channels: 1, bits: 8, compression: 'none', bigEndian: false },
  layout: { rows: 7 },
  value: (x, y, c) => (1 + x * 3 + y * 5 + c * 40 + ((x * y) % 7)) % 255,
};
const tiffs: Readonly<Record<string, Partial<TiffRequest>>> = {
  strips: {},
  'one strip, colours': { channels: 3, layout: { rows: height } },
  '16 bits, big-endian': { bits: 16, bigEndian: true },
  'planes one after the other': { channels: 3, planar: true },
  tiles: { layout: { tile: 32 } },
  'PackBits, big-endian': { compression: 'packbits', bigEndian: true },
  'Deflate in one strip': { compression: 'deflate', layout: { rows: height } },
  'Deflate in tiles': { compression: 'deflate', layout: { tile: 32 } },
};

describe('a TIFF cut at any hundredth', () => {
  test.each(Object.entries(tiffs))('%s', async (_, more) => {
    const refusals = await cut(tiffFile({ ...plain, ...more }));
    expect(refusals).toHaveLength(isLong ? 999 : 99);
    for (const text of refusals) expect(text).toMatch(/truncated/);
  });

  test.each(['lzw', 'jpeg'] as const)('%s, with its directory at the end', async (compression) => {
    expect((await cut(await rgb().tiff({ compression }).toBuffer())).length).toBeGreaterThan(95);
  });

  test('says which rows are missing', async () => {
    const whole = tiffFile({ ...plain, layout: { rows: 8 } });
    const result = await seen(whole.subarray(0, whole.length - 17 * width));
    expect(result).toMatch(/rows 57 to 80 are missing: the file ends early/);
  });
});

describe('a TIFF is read', () => {
  test.each(['none', 'packbits', 'deflate'] as const)(
    '%s, although its last strip claims more than there is',
    async (compression) => {
      const wanted = await planes(tiffFile({ ...plain, compression }));
      const overclaim = compression === 'none' ? 500 : 3;
      expect(await planes(tiffFile({ ...plain, compression, overclaim }))).toEqual(wanted);
    },
  );

  test('although its tags are not in order', async () => {
    for (const layout of [{ rows: 7 }, { tile: 32 }] as const) {
      const whole = tiffFile({ ...plain, compression: 'deflate', layout });
      const mixed = Buffer.from(whole);
      mixed.set(whole.subarray(10, 22), 22);
      mixed.set(whole.subarray(22, 34), 10);
      expect(await planes(mixed)).toEqual(await planes(whole));
    }
  });
});

const endMarker = Buffer.of(0xff, 0xd9);
const closed = (part: Buffer): Buffer => Buffer.concat([part, endMarker]);
const blocks: JpegRequest = {
  ...{ width, height, components: 3, restart: 0, scans: 'one' },
  value: (x, y, c) => ((x * 37 + y * 53 + c * 71) % 200) - 100,
};
const jpegs: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  baseline: () => rgb().jpeg().toBuffer(),
  'full chroma': () => rgb().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  progressive: () => rgb().jpeg({ progressive: true }).toBuffer(),
  'progressive grey': () => rgb().toColourspace('b-w').jpeg({ progressive: true }).toBuffer(),
  'trellis and scans of its own': () => rgb().jpeg({ mozjpeg: true }).toBuffer(),
  'four colours': () => rgb().toColourspace('cmyk').jpeg().toBuffer(),
  'restart markers': () => jpegFile({ ...blocks, restart: 5 }),
  'halved chroma and restart markers': () => jpegFile({ ...blocks, restart: 3, isHalved: true }),
  'a scan for each colour': () => jpegFile({ ...blocks, scans: 'each', isHalved: true }),
};

describe('a JPEG cut at any hundredth, as it is and with an end marker', () => {
  test.each(Object.entries(jpegs))('%s', async (_, make) => {
    const whole = await make();
    const refusals = [...(await cut(whole)), ...(await cut(whole, closed))];
    // Some bits at the very end of a file only fill up a byte.
    expect(refusals.length).toBeGreaterThan(1.9 * (isLong ? 1000 : 100));
  });

  test('says which rows are missing', async () => {
    const whole = await rgb().jpeg().toBuffer();
    const half = whole.subarray(0, Math.floor(whole.length * 0.8));
    expect(await seen(closed(half))).toMatch(/rows \d+ to 80 are missing: the file ends early/);
    const layers = await rgb().jpeg({ progressive: true }).toBuffer();
    const most = layers.subarray(0, Math.floor(layers.length * 0.9));
    expect(await seen(closed(most))).toMatch(/rows \d+ to 80 lack detail: the file ends early/);
  });

  test('a part that is lost between restart markers is damage', async () => {
    const whole = jpegFile({ ...blocks, restart: 5 });
    const from = whole.indexOf(Buffer.of(0xff, 0xd3));
    const lost = Buffer.concat([whole.subarray(0, from - 6), whole.subarray(from)]);
    expect(await seen(lost)).toMatch(/rows \d+ to 80 are damaged/);
    const skipped = whole.indexOf(Buffer.of(0xff, 0xd4));
    const other = Buffer.concat([whole.subarray(0, from), whole.subarray(skipped)]);
    expect(await seen(other)).toMatch(/rows \d+ to 80 are damaged/);
  });
});

describe('a JPEG is read', () => {
  test('with bytes behind its end, and with a second picture there', async () => {
    const whole = await rgb().jpeg().toBuffer();
    const wanted = await planes(whole);
    expect(await planes(Buffer.concat([whole, Buffer.alloc(1000, 7)]))).toEqual(wanted);
    expect(await planes(Buffer.concat([whole, whole.subarray(0, 900)]))).toEqual(wanted);
    expect(await planes(Buffer.concat([whole, endMarker, endMarker]))).toEqual(wanted);
  });

  test('with a whole picture in its EXIF data, but not without its own end', async () => {
    const whole = await rgb().jpeg().toBuffer();
    const small = await rgb().resize(16).jpeg().toBuffer();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(small.length + 8);
    const exif = Buffer.concat([Buffer.of(0xff, 0xe1), length, Buffer.from('Exif\0\0'), small]);
    const both = Buffer.concat([whole.subarray(0, 2), exif, whole.subarray(2)]);
    expect(await planes(both)).toEqual(await planes(whole));
    expect(await seen(closed(both.subarray(0, both.length - 400)))).toMatch(/are missing/);
  });

  test('with harmless bytes between its parts', async () => {
    const whole = await rgb().jpeg().toBuffer();
    const odd = Buffer.concat([whole.subarray(0, -2), Buffer.of(1, 2, 3), endMarker]);
    expect(await planes(odd)).toEqual(await planes(whole));
  });
});

describe('other formats cut at any hundredth', () => {
  const endChunk = Buffer.from('0000000049454e44ae426082', 'hex');
  const closedPng = (part: Buffer): Buffer => Buffer.concat([part, endChunk]);
  /** The lengths say what is there. */
  const closedWebp = (part: Buffer): Buffer => {
    const even = Buffer.from(part.subarray(0, part.length & ~1));
    if (even.length < 20) return even;
    even.writeUInt32LE(even.length - 8, 4);
    even.writeUInt32LE(even.length - 20, 16);
    return even;
  };

  test.each([false, true])('PNG, interlaced: %s', async (progressive) => {
    const whole = await rgb().png({ progressive }).toBuffer();
    const refusals = await cut(whole);
    for (const text of refusals) expect(text).toMatch(/truncated/);
    refusals.push(...(await cut(whole, closedPng)));
    expect(refusals.length).toBeGreaterThan(195);
  });

  test('a PNG whose checksum is wrong', async () => {
    const whole = await rgb().png().toBuffer();
    const at = whole.length - 20;
    whole[at] = (whole[at] ?? 0) ^ 1;
    expect(await seen(whole)).toMatch(/cannot be read/);
  });

  test.each([false, true])('WebP, lossless: %s', async (lossless) => {
    const whole = await rgb().webp({ lossless }).toBuffer();
    const refusals = [...(await cut(whole)), ...(await cut(whole, closedWebp))];
    expect(refusals.length).toBeGreaterThan(195);
  });

  test.each([8, 24] as const)('BMP of %i bits', async (bits) => {
    const value = (x: number, y: number): number => (1 + 3 * x + 5 * y) % 255;
    expect(await cut(bmpFile({ width, height, value }, bits))).toHaveLength(isLong ? 999 : 99);
  });
});

const data = shared('data');

test.skipIf(data.missing)(`real images are whole${data.note}`, async () => {
  const names = (await readdir(data.path, { recursive: true })).filter((name) =>
    /\.(jpe?g|png|bmp)$/i.test(name),
  );
  const step = isLong ? 1 : 9;
  const chosen = names.sort().filter((_, i) => i % step === 0);
  expect(chosen.length).toBeGreaterThan(50);
  const as = { width: 16, height: 16, channels: 1 } as const;
  for (const name of chosen) await reader.read(join(data.path, name), as);
});

test.skipIf(data.missing)(`a real photo cut and closed is refused${data.note}`, async () => {
  const names = (await readdir(data.path, { recursive: true })).filter((n) => n.endsWith('.jpg'));
  for (const name of names.sort().slice(0, 3)) {
    const whole = await readFile(join(data.path, name));
    for (const share of [0.3, 0.6, 0.9, 0.99]) {
      const part = whole.subarray(0, Math.floor(share * whole.length));
      expect(await seen(closed(part)), name).toMatch(/missing|lack detail|truncated/);
    }
  }
});
