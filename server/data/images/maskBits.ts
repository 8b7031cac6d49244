/** Masks as bits, for editing: some rows at a time, so that the largest stay within the memory limit. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachMarkedPixel, readBmpHeader } from './bmp.ts';
import type { ForeignMaskBytes, MaskBytes } from './messages.ts';
import { assertSize, isBmp, mostPixelsByRows, opaqueIn, openSource, rawOf } from './source.ts';

/** Pixels decoded at once. */
const portion = 2 ** 26;

function readBmpBits(bytes: Buffer): MaskBits {
  const header = readBmpHeader(bytes, (w, h) => assertSize(w, h, mostPixelsByRows));
  const bits = new MaskBits(header.width, header.height);
  eachMarkedPixel(bytes, header, (x, y) => bits.fill(y, x, x + 1, true));
  return bits;
}

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

/** The marked pixels of a mask's file: those with any channel that is not 0. */
export async function readMaskBits(bytes: Buffer): Promise<MaskBytes> {
  if (isBmp(bytes)) {
    const bits = readBmpBits(bytes);
    return { width: bits.width, height: bits.height, bytes: bits.bytes };
  }
  const { width, height } = await openSource(bytes, mostPixelsByRows);
  const bits = new MaskBits(width, height);
  await eachValue(bytes, marking(bits), false);
  return { width, height, bytes: bits.bytes };
}

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
}

/** A mask from elsewhere: as readMaskBits, without what cannot be seen; and whether it is a photo instead. */
export async function readForeignMask(bytes: Buffer): Promise<ForeignMaskBytes> {
  const others = new OtherValues();
  if (isBmp(bytes)) {
    const header = readBmpHeader(bytes, (w, h) => assertSize(w, h, mostPixelsByRows));
    const { width, height } = header;
    const bits = new MaskBits(width, height);
    eachMarkedPixel(bytes, header, (x, y, from) => {
      bits.fill(y, x, x + 1, true);
      for (let c = 0; c < 3; c += 1) others.add(bytes[from + c] ?? 0, 255);
    });
    return { width, height, bytes: bits.bytes, isPhoto: others.isPhotoOf(3 * width * height) };
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
  await eachValue(bytes, use, true);
  const isPhoto = !hasPalette && others.isPhotoOf(channels * width * height);
  return { width, height, bytes: bits.bytes, isPhoto };
}
