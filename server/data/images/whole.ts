/**
 * Decoders give pixels for files that are cut off, too: grey, black, or the rows of before. Whether a file holds all
 * of its pixels is therefore looked at first, so that no such image is trained on or scored.
 */
import { assertJpegWhole } from './jpegData.ts';
import { isTiledTiff, wholeTiff } from './tiffData.ts';

type AssertSize = (width: number, height: number) => void;

/** What libvips refuses by itself; where it would refuse harmless things, the file was walked instead. */
export type Strictness = 'truncated' | 'error' | 'warning';

export interface WholeFile {
  /** As they can be decoded: lengths that a TIFF gives too large are made right. */
  readonly bytes: Buffer;
  readonly failOn: Strictness;
}

export const isJpeg = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;
export const isTiff = (bytes: Buffer): boolean =>
  /^(II\*\0|MM\0\*)/.test(bytes.toString('latin1', 0, 4));

export const isPng = (bytes: Buffer): boolean => bytes[0] === 0x89;

/** True for a PNG with its last chunk. */
export const endsAsPng = (bytes: Buffer): boolean =>
  bytes.includes('IEND', Math.max(0, bytes.length - 4096), 'latin1');

/**
 * The file with how strictly it is to be decoded. Throws an ImageError that says what is missing; `assertSize`
 * hears the size that a JPEG claims before memory is taken for it.
 */
export function wholeFile(bytes: Buffer, assertSize: AssertSize): WholeFile {
  if (isJpeg(bytes)) {
    return { bytes, failOn: assertJpegWhole(bytes, assertSize) ? 'truncated' : 'warning' };
  }
  if (!isTiff(bytes)) return { bytes, failOn: 'truncated' };
  // What goes wrong in a tile is a warning to libvips, in a strip an error.
  return { bytes: wholeTiff(bytes), failOn: isTiledTiff(bytes) ? 'warning' : 'error' };
}
