/**
 * Opening image files, in the decoding process alone: images are hostile input. Only the loaders of PNG,
 * JPEG, TIFF and WebP are open; BMP is read without libvips.
 */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { UnreadableFile, mostBytes, readLimited } from '../../../common/node/readLimited.ts';
import { errorText } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { readBmpHeader, readBmpPixels } from './bmp.ts';
import { ImageError, systemFault } from './imageError.ts';
import { isTiff, wholeFile } from './whole.ts';
import type { Strictness, WholeFile } from './whole.ts';

/** A whole image of this many pixels at 16 bits and three channels stays well below the memory limit. */
export const mostPixels = 100_000_000;
/** For what is read row by row: tiles, masks. */
export const mostPixelsByRows = 16_384 * 16_384;
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

export interface RawPixels {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The bytes of an image file. Throws an ImageError for what is none that can be read. */
export async function readBytes(file: string): Promise<Buffer> {
  let bytes;
  try {
    bytes = await readLimited(file, mostBytes.image);
  } catch (error) {
    if (error instanceof UnreadableFile) throw new ImageError(error.fault, error.reason);
    if (errorCode(error) === undefined) throw error;
    if (errorCode(error) === 'ENOENT' && file.includes('\uFFFD')) {
      throw new ImageError('unreadable', 'its name is not UTF-8; rename it');
    }
    throw new ImageError(systemFault(error), `it cannot be opened (${errorCode(error) ?? ''})`);
  }
  if (bytes.length === 0) throw new ImageError('truncated', 'it is empty');
  return bytes;
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

export function assertSize(width: number, height: number, most = mostPixels): void {
  if (width < 1 || height < 1) throw new ImageError('unreadable', 'it has no pixels');
  if (width * height > most || Math.max(width, height) > mostSide) {
    throw new ImageError('too-large', `its ${width}x${height} pixels are more than can be read`);
  }
}

/** An image that is opened, not yet decoded. */
export interface Source {
  readonly image: Sharp;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly hasAlpha: boolean;
  readonly hasPalette: boolean;
}

export const isBmp = (bytes: Buffer): boolean => formatOf(bytes) === 'bmp';

/** The size of an image of whatever size, turned as its EXIF orientation says; nothing is decoded. */
export async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number }> {
  if (isBmp(bytes)) {
    const { width, height } = readBmpHeader(bytes, (w, h) => assertSize(w, h, Infinity));
    return { width, height };
  }
  const meta = await sharp(bytes, { limitInputPixels: false }).metadata();
  const [across, down] = [meta.width, meta.pageHeight ?? meta.height];
  return (meta.orientation ?? 1) >= 5
    ? { width: down, height: across }
    : { width: across, height: down };
}

/** Harmless words of libtiff about a directory are a failure to libvips like a tile that cannot be read. */
async function isWarnedOf(bytes: Buffer): Promise<boolean> {
  const pixel = { left: 0, top: 0, width: 1, height: 1 };
  try {
    await sharp(bytes, { limitInputPixels: false, failOn: 'warning' }).extract(pixel).toBuffer();
    return false;
  } catch (error) {
    return /warning treated as error/i.test(errorText(error));
  }
}

async function judged(bytes: Buffer): Promise<WholeFile> {
  const whole = wholeFile(bytes, (w, h) => assertSize(w, h, mostPixelsByRows));
  const isUnsure = whole.failOn === 'warning' && isTiff(bytes);
  return isUnsure && (await isWarnedOf(whole.bytes)) ? { ...whole, failOn: 'error' } : whole;
}

/** Files are opened for each part of them, and looked at once. */
const judgements = new WeakMap<Buffer, Promise<WholeFile>>();

function judge(bytes: Buffer): Promise<WholeFile> {
  const known = judgements.get(bytes) ?? judged(bytes);
  judgements.set(bytes, known);
  return known;
}

/** Reads the header; turned as its EXIF orientation says. A BMP is read whole, so its limit is the usual one. */
export async function openHeader(bytes: Buffer, most = mostPixels): Promise<Source> {
  return isBmp(bytes) ? openBmp(bytes) : await opened(bytes, most, 'truncated');
}

/** As openHeader, of a file that holds all of its pixels. Throws an ImageError that says what is missing. */
export async function openSource(bytes: Buffer, most = mostPixels): Promise<Source> {
  if (isBmp(bytes)) return openBmp(bytes);
  const { bytes: mended, failOn } = await judge(bytes);
  return await opened(mended, most, failOn);
}

function openBmp(bytes: Buffer): Source {
  const header = readBmpHeader(bytes, (w, h) => assertSize(w, h));
  const { data, channels } = readBmpPixels(bytes, header);
  const { width, height } = header;
  return {
    image: sharp(data, { raw: { width, height, channels } }),
    width,
    height,
    channels,
    bits: 8,
    hasAlpha: false,
    hasPalette: header.colours > 0,
  };
}

async function opened(bytes: Buffer, most: number, failOn: Strictness): Promise<Source> {
  const image = sharp(bytes, { limitInputPixels: false, failOn, sequentialRead: true });
  const meta = await image.metadata();
  const [across, down] = [meta.width, meta.pageHeight ?? meta.height];
  assertSize(across, down, most);
  const turned = (meta.orientation ?? 1) >= 5;
  return {
    image: image.autoOrient(),
    width: turned ? down : across,
    height: turned ? across : down,
    channels: meta.channels - (meta.hasAlpha ? 1 : 0) === 1 && !meta.isPalette ? 1 : 3,
    bits: meta.depth === 'ushort' ? 16 : 8,
    hasAlpha: meta.hasAlpha,
    hasPalette: meta.isPalette,
  };
}

/** Decodes to raw pixels, at the source's depth. */
export async function rawOf(source: Source, image: Sharp, channels: 1 | 3): Promise<RawPixels> {
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

/** Which pixels of some rows can be seen; undefined where all can. */
export async function opaqueIn(
  bytes: Buffer,
  top: number,
  rows: number,
): Promise<((pixel: number) => boolean) | undefined> {
  const source = await openSource(bytes, mostPixelsByRows);
  if (!source.hasAlpha) return undefined;
  const { width, height } = source;
  const part =
    rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
  const data = await part.ensureAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer();
  return (pixel) => data[4 * pixel + 3] !== 0;
}
