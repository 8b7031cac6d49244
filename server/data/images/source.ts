/**
 * Opening image files, in the decoding process alone: images are hostile input. Only the loaders of PNG,
 * JPEG, TIFF and WebP are open; BMP is read without libvips.
 */
import sharp from 'sharp';
import type { ColourspaceEnum, Metadata, Sharp } from 'sharp';
import { UnreadableFile, mostBytes, readLimited } from '../../../common/node/readLimited.ts';
import { errorText } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { readBmpHeader, readBmpPixels } from './bmp.ts';
import { isBigTiff, isReadable, nameOfContent } from './contentNames.ts';
import { ImageError, systemFault } from './imageError.ts';
import { pageNotes } from './imageNotes.ts';
import type { ImageHeader } from './messages.ts';
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
  if (bytes.toString('latin1', 0, 2) === 'BM') return 'bmp';
  if (isReadable(bytes)) return 'sharp';
  if (isBigTiff(bytes)) {
    const what = 'it is a BigTIFF, the form of TIFF for more than 4 GB, which is not read';
    throw new ImageError('format', `${what}; save it as a usual TIFF or as PNG`);
  }
  const name = nameOfContent(bytes);
  throw new ImageError(
    'format',
    name === undefined
      ? 'it is no PNG, JPEG, TIFF, WebP or BMP image'
      : `it is ${name} and no PNG, JPEG, TIFF, WebP or BMP image; save it as one of these`,
  );
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
  /** Pictures in the file; the first is read. */
  readonly pages: number;
  /** Of the stored values, in libvips' words. */
  readonly depth: string;
  readonly space: keyof ColourspaceEnum;
  /** Decoded values lie beside those that were saved. */
  readonly isLossy: boolean;
}

/** Files whose EXIF orientation is left aside, as segdec.json asks for. */
const storedFiles = new WeakSet<Buffer>();

/** Has a file's pixels be read as they are stored. */
export function readAsStored(bytes: Buffer): void {
  storedFiles.add(bytes);
}

export const isBmp = (bytes: Buffer): boolean => formatOf(bytes) === 'bmp';

/** The header of an image of whatever size; nothing is decoded. */
export async function sizeOf(bytes: Buffer): Promise<ImageHeader> {
  if (isBmp(bytes)) {
    const { width, height } = readBmpHeader(bytes, (w, h) => assertSize(w, h, Infinity));
    return { width, height, orientation: 1, bits: 8, notes: [] };
  }
  const meta = await sharp(bytes, { limitInputPixels: false }).metadata();
  const [across, down] = [meta.width, meta.pageHeight ?? meta.height];
  const orientation = orientationOf(bytes, meta);
  const [width, height] = orientation >= 5 ? [down, across] : [across, down];
  return { width, height, orientation, bits: bitsOf(meta), notes: pageNotes(meta.pages ?? 1) };
}

const bitsOf = ({ depth }: Metadata): 8 | 16 => (depth === 'ushort' ? 16 : 8);

/** 1 to 8, by EXIF; 1 where it is left aside. */
const orientationOf = (bytes: Buffer, { orientation = 1 }: Metadata): number =>
  storedFiles.has(bytes) ? 1 : orientation;

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

/**
 * As openHeader, of a file that holds all of its pixels. Throws an ImageError that says what is missing, and for
 * pixels that are no whole numbers of 8 or 16 bits, unless `anyNumbers` are wanted.
 */
export async function openSource(
  bytes: Buffer,
  most = mostPixels,
  anyNumbers = false,
): Promise<Source> {
  if (isBmp(bytes)) return openBmp(bytes);
  const { bytes: mended, failOn } = await judge(bytes);
  if (storedFiles.has(bytes)) storedFiles.add(mended);
  return await opened(mended, most, failOn, anyNumbers);
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
    pages: 1,
    depth: 'uchar',
    space: channels === 1 ? 'b-w' : 'srgb',
    isLossy: false,
  };
}

/** Throws an ImageError that names pixels that would not be read rightly. */
function assertPixelType({ depth, channels }: Metadata, anyNumbers: boolean): void {
  const advice = 'save it with 8 or 16 bits a channel';
  if (channels > 4) {
    throw new ImageError('format', `it has ${channels} channels; save it in grey or colour`);
  }
  if (anyNumbers || depth === 'uchar' || depth === 'ushort') return;
  throw new ImageError(
    'format',
    `its pixels are ${pixelNames[depth] ?? depth}, which are not read as it is not known what is black and white; ${advice}`,
  );
}

async function opened(
  bytes: Buffer,
  most: number,
  failOn: Strictness,
  anyNumbers = false,
): Promise<Source> {
  const options = { limitInputPixels: false, failOn, sequentialRead: true };
  const meta = await sharp(bytes, options).metadata();
  const [across, down] = [meta.width, meta.pageHeight ?? meta.height];
  assertSize(across, down, most);
  assertPixelType(meta, anyNumbers);
  const turned = orientationOf(bytes, meta) >= 5;
  // The stored values count, as for OpenCV and Pillow; inks mean nothing without their profile.
  const image = sharp(bytes, { ...options, ignoreIcc: meta.space !== 'cmyk' });
  return {
    image: storedFiles.has(bytes) ? image : image.autoOrient(),
    width: turned ? down : across,
    height: turned ? across : down,
    channels: meta.channels - (meta.hasAlpha ? 1 : 0) === 1 && !meta.isPalette ? 1 : 3,
    bits: bitsOf(meta),
    hasAlpha: meta.hasAlpha,
    hasPalette: meta.isPalette,
    pages: meta.pages ?? 1,
    depth: meta.depth,
    space: meta.space,
    // Lossless WebP has its pixels in a chunk of another name.
    isLossy:
      meta.format === 'jpeg' ||
      String(meta.compression) === 'jpeg' ||
      (meta.format === 'webp' && bytes.includes('VP8 ')),
  };
}

const pixelNames: Readonly<Record<string, string>> = {
  char: 'signed 8-bit integers',
  short: 'signed 16-bit integers',
  uint: '32-bit integers',
  int: 'signed 32-bit integers',
  float: 'floating point numbers',
  double: 'floating point numbers',
  complex: 'complex numbers',
  dpcomplex: 'complex numbers',
};

/** Bytes as 16-bit numbers of this machine, copied only where they do not lie at an even place. */
function wordsOf(bytes: Buffer): Uint16Array {
  const even = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint16Array(even.buffer, even.byteOffset, even.byteLength / 2);
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
  return {
    data: deep ? wordsOf(data) : data,
    width: info.width,
    height: info.height,
    channels: info.channels,
  };
}
