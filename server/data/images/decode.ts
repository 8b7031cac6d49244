/**
 * Decoding, as it runs in a process of its own: images are hostile input. Only the loaders of PNG,
 * JPEG, TIFF and WebP are open; BMP is read without libvips.
 */
import { open } from 'node:fs/promises';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { errorText } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { readBmpHeader, readBmpPixels } from './bmp.ts';
import { ImageError } from './imageError.ts';
import type { DecodeResults, DecodeTask, ImagePlanes, MaskPixels, ReadAs } from './messages.ts';

/** A whole image of this many pixels at 16 bits and three channels stays well below the memory limit. */
const mostPixels = 100_000_000;
const mostFileBytes = 512 * 2 ** 20;
/** A picture this much longer than wide is no photo, and costs libvips a line buffer. */
const mostSide = 32_768;

sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPng',
    'VipsForeignLoadJpeg',
    'VipsForeignLoadTiff',
    'VipsForeignLoadWebp',
  ],
});

interface RawPixels {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

async function readBytes(file: string): Promise<Buffer> {
  let handle;
  try {
    handle = await open(file, 'r');
    const info = await handle.stat();
    if (!info.isFile()) throw new ImageError('unreadable', 'it is not a file');
    if (info.size > mostFileBytes) throw new ImageError('too-large', 'it is larger than 512 MiB');
    if (info.size === 0) throw new ImageError('truncated', 'it is empty');
    return await handle.readFile();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new ImageError('unreadable', `it cannot be opened (${errorCode(error) ?? ''})`);
  } finally {
    await handle?.close();
  }
}

type Format = 'bmp' | 'sharp';

function formatOf(bytes: Buffer): Format {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('BM')) return 'bmp';
  const known =
    start.startsWith('\x89PNG\r\n\x1a\n') ||
    start.startsWith('\xff\xd8\xff') ||
    start.startsWith('II*\0') ||
    start.startsWith('MM\0*') ||
    (start.startsWith('RIFF') && start.slice(8) === 'WEBP');
  if (known) return 'sharp';
  throw new ImageError('format', 'it is no PNG, JPEG, TIFF, WebP or BMP image');
}

function assertSize(width: number, height: number): void {
  if (width < 1 || height < 1) throw new ImageError('unreadable', 'it has no pixels');
  if (width * height > mostPixels || Math.max(width, height) > mostSide) {
    throw new ImageError('too-large', `its ${width}x${height} pixels are more than can be read`);
  }
}

interface Source {
  readonly image: Sharp;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
}

async function openSource(bytes: Buffer): Promise<Source> {
  if (formatOf(bytes) === 'bmp') {
    const header = readBmpHeader(bytes, assertSize);
    const { data, channels } = readBmpPixels(bytes, header);
    const { width, height } = header;
    return {
      image: sharp(data, { raw: { width, height, channels } }),
      width,
      height,
      channels,
      bits: 8,
    };
  }
  const image = sharp(bytes, {
    limitInputPixels: false,
    failOn: 'truncated',
    sequentialRead: true,
  });
  const meta = await image.metadata();
  const [across, down] = [meta.width, meta.pageHeight ?? meta.height];
  assertSize(across, down);
  const turned = (meta.orientation ?? 1) >= 5;
  return {
    image: image.autoOrient(),
    width: turned ? down : across,
    height: turned ? across : down,
    channels: meta.channels - (meta.hasAlpha ? 1 : 0) === 1 && !meta.isPalette ? 1 : 3,
    bits: meta.depth === 'ushort' ? 16 : 8,
  };
}

async function rawOf(source: Source, image: Sharp, channels: 1 | 3): Promise<RawPixels> {
  const deep = source.bits === 16;
  const space = channels === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb';
  const { data, info } = await image
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const bytes = Uint8Array.from(data);
  return {
    data: deep ? new Uint16Array(bytes.buffer) : bytes,
    width: info.width,
    height: info.height,
    channels: info.channels,
  };
}

/** Interleaved pixels as planes; a grey image fills each plane. */
function planesOf(pixels: RawPixels, channels: 1 | 3): ImagePlanes['data'] {
  const count = pixels.width * pixels.height;
  if (pixels.channels === 1 && channels === 1) return pixels.data;
  const deep = pixels.data instanceof Uint16Array;
  const planes = deep ? new Uint16Array(count * channels) : new Uint8Array(count * channels);
  for (let c = 0; c < channels; c += 1) {
    const from = Math.min(c, pixels.channels - 1);
    for (let i = 0; i < count; i += 1) {
      planes[c * count + i] = pixels.data[i * pixels.channels + from] ?? 0;
    }
  }
  return planes;
}

async function readImage(bytes: Buffer, { width, height, channels }: ReadAs): Promise<ImagePlanes> {
  const source = await openSource(bytes);
  const resized = source.image.resize(width, height, { fit: 'fill', kernel: 'linear' });
  const pixels = await rawOf(source, resized, channels);
  return { data: planesOf(pixels, channels), maximum: source.bits === 16 ? 65535 : 255 };
}

async function readMask(bytes: Buffer): Promise<MaskPixels> {
  const source = await openSource(bytes);
  const { data, width, height, channels } = await rawOf(source, source.image, source.channels);
  const mask = new Uint8Array(width * height);
  const values = new Set<number>();
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? 0;
    if (value !== 0) mask[Math.floor(i / channels)] = 1;
    if (values.size < 256) values.add(value);
  }
  return { data: mask, width, height, values: [...values].sort((a, b) => a - b) };
}

/** Runs a task. Throws an ImageError whose message goes on after "… cannot be read: ". */
export async function decodeImage<T extends DecodeTask>(
  task: T,
): Promise<DecodeResults[T['kind']]> {
  const bytes = await readBytes(task.file);
  try {
    return (await decodeBytes(bytes, task)) as DecodeResults[T['kind']];
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw decoderError(error, bytes);
  }
}

async function decodeBytes(
  bytes: Buffer,
  task: DecodeTask,
): Promise<DecodeResults[DecodeTask['kind']]> {
  if (task.kind === 'read') return await readImage(bytes, task.as);
  if (task.kind === 'mask') return await readMask(bytes);
  const { width, height, channels, bits } = await openSource(bytes);
  return { width, height, channels, bits };
}

/** True for a PNG or JPEG without its end: libvips calls that a read error like any other. */
function isCutOff(bytes: Buffer): boolean {
  if (bytes[0] === 0x89) return !bytes.includes('IEND', Math.max(0, bytes.length - 4096), 'latin1');
  return bytes[0] === 0xff && !bytes.includes(Buffer.of(0xff, 0xd9), bytes.length >> 1);
}

/** libvips says what it met in several lines; the first is enough for a sentence. */
function decoderError(error: unknown, bytes: Buffer): ImageError {
  const text = errorText(error);
  const line = (text.split('\n')[0] ?? '').trim();
  const short =
    /trunc|premature|end of (file|stream|data)|not enough|short read|bad seek|corrupt JPEG|out of bounds/i;
  if (short.test(text) || isCutOff(bytes))
    return new ImageError('truncated', `it is truncated (${line})`);
  return new ImageError('unreadable', line);
}
