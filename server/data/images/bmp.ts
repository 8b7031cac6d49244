/**
 * BMP files: 1, 4 and 8 bits with a palette, 24 and 32 bits, uncompressed, rows in either order. The
 * libraries at hand mix up the colours of pictures with a palette, and libvips has no loader of its own.
 */
import { ImageError } from './imageError.ts';

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Rows are stored from the top. */
  readonly topDown: boolean;
  /** Byte offset of the pixels, and bytes of a row. */
  readonly start: number;
  readonly stride: number;
  /** Byte offset and entries of the palette; no entries without one. */
  readonly palette: number;
  readonly colours: number;
}

export interface BmpPixels {
  /** Interleaved, rows from the top; one channel where all pixels are grey. */
  readonly data: Uint8Array;
  readonly channels: 1 | 3;
}

const fileHeader = 14;
const leastHeader = 54;
const uncompressed = 0;
/** Channel masks follow the header; only the usual order of blue, green, red is read. */
const bitFields = 3;

function assertPlain(bytes: Buffer, bits: number): void {
  const compression = bytes.readUInt32LE(30);
  if (compression === uncompressed) return;
  const usual =
    compression === bitFields &&
    bits === 32 &&
    bytes.length >= leastHeader + 12 &&
    bytes.readUInt32LE(54) === 0x00ff0000 &&
    bytes.readUInt32LE(58) === 0x0000ff00 &&
    bytes.readUInt32LE(62) === 0x000000ff;
  if (!usual) throw new ImageError('format', 'a compressed BMP is not read; save it as PNG');
}

/** The header, with all its figures checked against the file's length. Throws an ImageError. */
export function readBmpHeader(
  bytes: Buffer,
  assertSize: (width: number, height: number) => void,
): BmpHeader {
  if (bytes.length < leastHeader) {
    throw new ImageError('truncated', 'it ends within its header (truncated)');
  }
  const width = bytes.readInt32LE(18);
  const down = bytes.readInt32LE(22);
  const height = Math.abs(down);
  const bits = bytes.readUInt16LE(28);
  assertSize(width, height);
  if (![1, 4, 8, 24, 32].includes(bits)) {
    throw new ImageError('format', `a BMP of ${bits} bits a pixel is not read; save it as PNG`);
  }
  assertPlain(bytes, bits);
  const stride = Math.ceil((width * bits) / 32) * 4;
  const start = bytes.readUInt32LE(10);
  const palette = fileHeader + bytes.readUInt32LE(14);
  const colours = bits <= 8 ? bytes.readUInt32LE(46) || 2 ** bits : 0;
  if (bytes.length < start + stride * height || bytes.length < palette + 4 * colours) {
    throw new ImageError('truncated', 'it ends before its last row (truncated)');
  }
  return { width, height, bits, topDown: down < 0, start, stride, palette, colours };
}

/** Where the colour of a pixel stands: in the palette, or in the row that begins at `row`. */
export function colourOffset(bytes: Buffer, header: BmpHeader, row: number, x: number): number {
  const { bits, palette, colours } = header;
  if (bits > 8) return row + (x * bits) / 8;
  const bit = x * bits;
  const shift = 8 - bits - (bit % 8);
  const index = ((bytes[row + (bit >> 3)] ?? 0) >> shift) & (2 ** bits - 1);
  if (index >= colours) throw new ImageError('unreadable', 'a pixel has no colour in its palette');
  return palette + 4 * index;
}

/** The pixels that a checked header promises. */
export function readBmpPixels(bytes: Buffer, header: BmpHeader): BmpPixels {
  const { width, height, topDown, start, stride } = header;
  const rgb = new Uint8Array(3 * width * height);
  let grey = true;
  for (let y = 0; y < height; y += 1) {
    const row = start + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1) {
      const from = colourOffset(bytes, header, row, x);
      const to = 3 * (y * width + x);
      const [blue, green, red] = [bytes[from] ?? 0, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0];
      rgb[to] = red;
      rgb[to + 1] = green;
      rgb[to + 2] = blue;
      grey &&= red === green && green === blue;
    }
  }
  if (!grey) return { data: rgb, channels: 3 };
  return {
    data: Uint8Array.from({ length: width * height }, (_, i) => rgb[3 * i] ?? 0),
    channels: 1,
  };
}
