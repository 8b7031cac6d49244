/** Masks as bits, for editing: some rows at a time, so that the largest stay within the memory limit. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachMarkedPixel, readBmpHeader } from './bmp.ts';
import type { ForeignMaskBytes } from './messages.ts';
import { assertSize, isBmp, mostPixelsByRows, opaqueIn, openSource, rawOf } from './source.ts';

/** Pixels decoded at once. */
const portion = 2 ** 26;

/** Decoded rows. */
interface MarkedPart {
  readonly data: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly top: number;
}

/** Calls `use` with each value that is not 0, in rows of the picture. */
async function eachValue(
  bytes: Buffer,
  use: (part: MarkedPart, at: number) => void,
  isForeign: boolean,
): Promise<void> {
  const { width, height, hasAlpha } = await openSource(bytes, mostPixelsByRows);
  const isSeenThrough = isForeign && hasAlpha;
  const atOnce = Math.max(1, Math.floor(portion / width / (isSeenThrough ? 4 : 1)));
  for (let top = 0; top < height; top += atOnce) {
    // Each part is decoded from the file's begin: slower, and never more than a part in memory.
    const source = await openSource(bytes, mostPixelsByRows);
    const rows = Math.min(atOnce, height - top);
    const image =
      rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
    const { data, channels } = await rawOf(source, image, source.channels);
    const isOpaque = isSeenThrough ? await opaqueIn(bytes, top, rows) : undefined;
    const part = { data, channels, top };
    for (let i = 0; i < data.length; i += 1) {
      if (data[i] === 0) continue;
      if (isOpaque === undefined || isOpaque(Math.floor(i / channels))) use(part, i);
    }
  }
}

const marking =
  (bits: MaskBits) =>
  ({ channels, top }: MarkedPart, at: number): void => {
    const pixel = Math.floor(at / channels);
    const x = pixel % bits.width;
    bits.fill(top + Math.floor(pixel / bits.width), x, x + 1, true);
  };

/** Values that masks have, and how many others, in what share of all values, make a photo. */
const isMaskValue = (value: number, most: number): boolean => value <= 1 || value === most;
const fewValues = 8;
const smallShare = 0.01;

/** Counts values that masks have none of. */
class OtherValues {
  readonly #seen = new Set<number>();
  /** Neighbours are mostly alike. */
  #last = 0;
  #count = 0;

  add(value: number, most: number): void {
    if (isMaskValue(value, most)) return;
    this.#count += 1;
    if (value === this.#last) return;
    this.#last = value;
    if (this.#seen.size <= fewValues) this.#seen.add(value);
  }

  isPhotoOf(values: number): boolean {
    return this.#count > smallShare * values && this.#seen.size > fewValues;
  }

  /** True when each of so many values is one that masks have none of. */
  isAllOf(values: number): boolean {
    return this.#count === values;
  }
}

/** What a mask's file holds, seen as one of ours (any channel that is not 0) or as one from elsewhere. */
async function readBits(bytes: Buffer, isForeign: boolean): Promise<ForeignMaskBytes> {
  const others = new OtherValues();
  if (isBmp(bytes)) {
    const header = readBmpHeader(bytes, (w, h) => assertSize(w, h, mostPixelsByRows));
    const { width, height } = header;
    const bits = new MaskBits(width, height);
    eachMarkedPixel(bytes, header, (x, y, from) => {
      bits.fill(y, x, x + 1, true);
      for (let c = 0; c < 3; c += 1) others.add(bytes[from + c] ?? 0, 255);
    });
    const values = 3 * width * height;
    const isPhoto = others.isPhotoOf(values) || (!isForeign && others.isAllOf(values));
    return { width, height, bytes: bits.bytes, isPhoto };
  }
  const source = await openSource(bytes, mostPixelsByRows);
  const { width, height, channels, hasPalette } = source;
  const bits = new MaskBits(width, height);
  const most = source.bits === 16 ? 65_535 : 255;
  const mark = marking(bits);
  const use = (part: MarkedPart, at: number): void => {
    mark(part, at);
    others.add(part.data[at] ?? 0, most);
  };
  await eachValue(bytes, use, isForeign);
  const values = channels * width * height;
  const isPhoto =
    !hasPalette && (others.isPhotoOf(values) || (!isForeign && others.isAllOf(values)));
  return { width, height, bytes: bits.bytes, isPhoto };
}

/** The marked pixels of a mask's file: those with any channel that is not 0; and whether it may be a photo. */
export const readMaskBits = (bytes: Buffer): Promise<ForeignMaskBytes> => readBits(bytes, false);

/** A mask from elsewhere: as readMaskBits, without what cannot be seen; and whether it is a photo instead. */
export const readForeignMask = (bytes: Buffer): Promise<ForeignMaskBytes> => readBits(bytes, true);
