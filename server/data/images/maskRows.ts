/**
 * The values of a mask's file, one a pixel, some rows at a time, so that the largest masks stay within the memory
 * limit. How the file stores them (palette, transparency, colour, depth) ends here.
 */
import { colourOffset, readBmpHeader } from './bmp.ts';
import type { BmpHeader } from './bmp.ts';
import { paletteOf, withIndices } from './pngPalette.ts';
import type { Colour } from './pngPalette.ts';
import { assertSize, isBmp, openSource } from './source.ts';
import type { Source } from './source.ts';

/** Values decoded at once. */
const portion = 2 ** 25;

type Values = Uint8Array | Uint16Array | Float32Array;

/** Some rows of a mask. */
export interface MaskRows {
  readonly top: number;
  readonly rows: number;
  /** The largest channel of each pixel, or its index in the palette. */
  readonly values: Values;
  /** 1 for pixels that can be seen (at least half opaque); undefined where all can. */
  readonly seen: Uint8Array | undefined;
}

/** Where the alike neighbours of the pixel at `from` end, before `end`. Most of a mask's pixels have some. */
export function runEnd({ values, seen }: MaskRows, from: number, end: number): number {
  const value = values[from];
  let next = from + 1;
  if (seen === undefined) while (next < end && values[next] === value) next += 1;
  else while (next < end && values[next] === value && seen[next] === seen[from]) next += 1;
  return next;
}

export interface MaskFile {
  readonly width: number;
  readonly height: number;
  /** What white is; undefined for numbers without a limit. */
  readonly white: 255 | 65_535 | undefined;
  /** Decoded values lie beside those that were saved. */
  readonly isLossy: boolean;
  /** Colours by index, where `rows` gives indices. */
  readonly palette: readonly Colour[] | undefined;
  readonly pages: number;
  /** From the top; may be called again. */
  rows(): AsyncIterable<MaskRows>;
}

/** Opens a mask of up to `most` pixels. Throws an ImageError. */
export async function openMaskFile(bytes: Buffer, most: number): Promise<MaskFile> {
  if (isBmp(bytes)) return openBmpMask(bytes, most);
  const palette = paletteOf(bytes);
  const read = palette === undefined ? bytes : withIndices(bytes, palette.colours.length);
  // What the file lacks is told of the file itself.
  const source = await openSource(bytes, most, true);
  const { width, height, pages } = source;
  const isHalfSeen = (index: number): boolean => (palette?.alpha[index] ?? 255) >= 128;
  async function* rows(): AsyncGenerator<MaskRows> {
    const atOnce = Math.max(1, Math.floor(portion / width / 4));
    for (let top = 0; top < height; top += atOnce) {
      // Each part is decoded from the file's begin: slower, and never more than a part in memory.
      const part = await openSource(read, most, true);
      const count = Math.min(atOnce, height - top);
      const decoded = await decode(part, top, count);
      const values = largestOf(decoded);
      const seen =
        palette === undefined
          ? seenIn(decoded)
          : palette.alpha.some((alpha) => alpha < 128)
            ? Uint8Array.from(values, (index) => (isHalfSeen(index) ? 1 : 0))
            : undefined;
      yield { top, rows: count, values, seen };
    }
  }
  return {
    ...{ width, height, pages, rows, palette: palette?.colours },
    white: isWhole(source) ? (source.bits === 16 ? 65_535 : 255) : undefined,
    isLossy: source.isLossy,
  };
}

const isWhole = ({ depth }: Source): boolean => depth === 'uchar' || depth === 'ushort';

interface Decoded {
  readonly data: Values;
  readonly channels: number;
  readonly hasAlpha: boolean;
  /** Alpha of an opaque pixel. */
  readonly opaque: number;
}

async function decode(source: Source, top: number, rows: number): Promise<Decoded> {
  const { width, height, depth, space, hasAlpha } = source;
  const part =
    rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
  const kept = depth === 'uchar' || depth === 'ushort' ? depth : 'float';
  // Inks have to become colours; all other values stay as they are stored.
  const plain = part.toColourspace(space === 'cmyk' ? 'srgb' : space);
  const { data, info } = await plain.raw({ depth: kept }).toBuffer({ resolveWithObject: true });
  const bytes = data.byteOffset % 4 === 0 ? data : Uint8Array.from(data);
  const values =
    kept === 'uchar'
      ? bytes
      : kept === 'ushort'
        ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
        : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const opaque = kept === 'ushort' ? 65_535 : 255;
  return { data: values, channels: info.channels, hasAlpha, opaque };
}

const emptyLike = (values: Values, length: number): Values =>
  values instanceof Uint8Array
    ? new Uint8Array(length)
    : values instanceof Uint16Array
      ? new Uint16Array(length)
      : new Float32Array(length);

/** The largest channel of each pixel, alpha left out; nothing below 0. */
function largestOf({ data, channels, hasAlpha }: Decoded): Values {
  const colours = hasAlpha ? channels - 1 : channels;
  if (channels === 1 && !(data instanceof Float32Array)) return data;
  const values = emptyLike(data, data.length / channels);
  for (let i = 0, at = 0; i < values.length; i += 1, at += channels) {
    let most = 0;
    for (let c = 0; c < colours; c += 1) {
      const value = data[at + c] ?? 0;
      // No number is no mark.
      if (value > most) most = value;
    }
    values[i] = most;
  }
  return values;
}

function seenIn({ data, channels, hasAlpha, opaque }: Decoded): Uint8Array | undefined {
  if (!hasAlpha) return undefined;
  const seen = new Uint8Array(data.length / channels);
  for (let i = 0; i < seen.length; i += 1) {
    seen[i] = (data[i * channels + channels - 1] ?? 0) * 2 >= opaque ? 1 : 0;
  }
  return seen;
}

function openBmpMask(bytes: Buffer, most: number): MaskFile {
  const header = readBmpHeader(bytes, (w, h) => assertSize(w, h, most));
  const { width, height, colours } = header;
  // Rows are read where they lie in the file.
  async function* rows(): AsyncGenerator<MaskRows> {
    const atOnce = Math.max(1, Math.floor(portion / width));
    for (let top = 0; top < height; top += atOnce) {
      const count = Math.min(atOnce, height - top);
      yield { top, rows: count, values: bmpValues(bytes, header, top, count), seen: undefined };
    }
  }
  const palette = Array.from({ length: colours }, (_, entry): Colour => {
    const from = header.palette + 4 * entry;
    return [bytes[from + 2] ?? 0, bytes[from + 1] ?? 0, bytes[from] ?? 0];
  });
  return {
    ...{ width, height, rows, white: 255, isLossy: false, pages: 1 },
    palette: colours > 0 ? palette : undefined,
  };
}

function bmpValues(bytes: Buffer, header: BmpHeader, top: number, rows: number): Uint8Array {
  const { width, height, topDown, start, stride, colours } = header;
  const values = new Uint8Array(width * rows);
  for (let y = 0; y < rows; y += 1) {
    const line = topDown ? top + y : height - 1 - top - y;
    for (let x = 0; x < width; x += 1) {
      const from = colourOffset(bytes, header, start + stride * line, x);
      values[y * width + x] =
        colours > 0
          ? (from - header.palette) / 4
          : Math.max(bytes[from] ?? 0, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0);
    }
  }
  return values;
}
