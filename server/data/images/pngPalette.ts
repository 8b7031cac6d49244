/** PNG files with a palette: what its colours are, and the file with the indices themselves in their place. */
import { crc32 } from 'node:zlib';

export type Colour = readonly [red: number, green: number, blue: number];

interface Chunk {
  readonly name: string;
  readonly from: number;
  readonly data: Buffer;
  readonly end: number;
}

/** The chunks of a PNG as far as they are whole. */
function* chunksOf(bytes: Buffer): Generator<Chunk> {
  // They follow the signature: length, name, content, checksum.
  for (let from = 8; from + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(from);
    const end = from + 12 + length;
    if (end > bytes.length) return;
    const name = bytes.toString('latin1', from + 4, from + 8);
    yield { name, from, data: bytes.subarray(from + 8, from + 8 + length), end };
    from = end;
  }
}

const isPng = (bytes: Buffer): boolean => bytes[0] === 0x89;

export interface PngPalette {
  readonly colours: readonly Colour[];
  /** 0..255 of each entry; absent entries are opaque. */
  readonly alpha: readonly number[];
}

/** The palette of a PNG that is made of indices; undefined without one. */
export function paletteOf(bytes: Buffer): PngPalette | undefined {
  const indexed = 3;
  if (!isPng(bytes) || bytes[25] !== indexed) return undefined;
  let colours: Colour[] | undefined;
  let alpha: number[] = [];
  for (const { name, data } of chunksOf(bytes)) {
    if (name === 'IDAT') break;
    if (name === 'tRNS') alpha = [...data];
    if (name === 'PLTE') {
      colours = Array.from({ length: Math.floor(Math.min(768, data.length) / 3) }, (_, entry) => {
        const [red = 0, green = 0, blue = 0] = data.subarray(3 * entry, 3 * entry + 3);
        return [red, green, blue];
      });
    }
  }
  return colours === undefined ? undefined : { colours, alpha };
}

/** The same PNG with a palette whose colours are the indices, opaque: decoded, its values are the indices. */
export function withIndices(bytes: Buffer, entries: number): Buffer {
  const palette = Buffer.alloc(12 + 3 * entries);
  palette.writeUInt32BE(3 * entries, 0);
  palette.write('PLTE', 4, 'latin1');
  for (let entry = 0; entry < entries; entry += 1)
    palette.fill(entry, 8 + 3 * entry, 11 + 3 * entry);
  palette.writeUInt32BE(crc32(palette.subarray(4, 8 + 3 * entries)), 8 + 3 * entries);
  const parts: Buffer[] = [bytes.subarray(0, 8)];
  for (const { name, from, end } of chunksOf(bytes)) {
    if (name === 'PLTE') parts.push(palette);
    else if (['IHDR', 'IDAT', 'IEND', 'eXIf'].includes(name)) parts.push(bytes.subarray(from, end));
  }
  return Buffer.concat(parts);
}
