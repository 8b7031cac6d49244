/** TIFF files as cameras and other programs write them: the directory first, then the pixels. */
import { deflateSync } from 'node:zlib';

export type TiffCompression = 'none' | 'packbits' | 'deflate';

export interface TiffRequest {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly compression: TiffCompression;
  readonly bigEndian: boolean;
  /** Rows a strip, or sides of tiles in pixels. */
  readonly layout: { readonly rows: number } | { readonly tile: number };
  /** Each channel by itself. */
  readonly planar?: boolean;
  /** The count of the last strip claims this many bytes too many. */
  readonly overclaim?: number;
  /** The value of a pixel, 0..255 (times 257 at 16 bits). */
  readonly value: (x: number, y: number, channel: number) => number;
}

const compressionCodes = { none: 1, packbits: 32_773, deflate: 8 } as const;

/** Runs of equal bytes, and all others one at a time: legal, if not small. */
function packBits(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  for (let i = 0; i < bytes.length;) {
    let run = 1;
    while (run < 128 && bytes[i + run] === bytes[i] && i + run < bytes.length) run += 1;
    out.push(run === 1 ? 0 : 257 - run, bytes[i] ?? 0);
    i += run;
  }
  return Buffer.from(out);
}

const compressed = (bytes: Buffer, kind: TiffCompression): Buffer => {
  if (kind === 'none') return bytes;
  return kind === 'packbits' ? packBits(bytes) : deflateSync(bytes);
};

interface Block {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Strips, the last one as high as what is left; or whole tiles. */
function blocksOf({ width, height, layout }: TiffRequest): Block[] {
  const blocks: Block[] = [];
  const [w, h] = 'rows' in layout ? [width, layout.rows] : [layout.tile, layout.tile];
  for (let y = 0; y < height; y += h) {
    for (let x = 0; x < width; x += w) {
      blocks.push({ x, y, width: w, height: 'rows' in layout ? Math.min(h, height - y) : h });
    }
  }
  return blocks;
}

function pixelsOf(request: TiffRequest, block: Block, channels: readonly number[]): Buffer {
  const { bits, bigEndian, value, width, height } = request;
  const bytes = Buffer.alloc((block.width * block.height * channels.length * bits) / 8);
  let at = 0;
  for (let y = block.y; y < block.y + block.height; y += 1) {
    for (let x = block.x; x < block.x + block.width; x += 1) {
      for (const channel of channels) {
        const v = x < width && y < height ? value(x, y, channel) : 0;
        if (bits === 8) bytes[at] = v;
        else if (bigEndian) bytes.writeUInt16BE(257 * v, at);
        else bytes.writeUInt16LE(257 * v, at);
        at += bits / 8;
      }
    }
  }
  return bytes;
}

/** The file's bytes. */
export function tiffFile(request: TiffRequest): Buffer {
  const { width, height, channels, bits, compression, bigEndian, layout } = request;
  const all = Array.from({ length: channels }, (_, c) => c);
  const planes = request.planar === true ? all.map((c) => [c]) : [all];
  const blocks = planes.flatMap((plane) =>
    blocksOf(request).map((block) => compressed(pixelsOf(request, block, plane), compression)),
  );
  const [offsetTag, countTag] = 'rows' in layout ? [273, 279] : [324, 325];
  const counts = blocks.map((block) => block.length);
  const offsets = blocks.map(() => 0);
  const entries: [tag: number, type: 3 | 4, values: number[]][] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, all.map(() => bits)],
    [259, 3, [compressionCodes[compression]]],
    [262, 3, [channels === 1 ? 1 : 2]],
    [offsetTag, 4, offsets],
    [277, 3, [channels]],
    ['rows' in layout ? 278 : 322, 4, ['rows' in layout ? layout.rows : layout.tile]],
    ...('rows' in layout ? [] : [[323, 4, [layout.tile]] as [number, 3 | 4, number[]]]),
    [countTag, 4, counts],
    [284, 3, [request.planar === true ? 2 : 1]],
  ];
  entries.sort(([a], [b]) => a - b);
  const sizeOf = (type: 3 | 4, values: readonly number[]): number =>
    (type === 3 ? 2 : 4) * values.length;
  const directory = 8 + 2 + 12 * entries.length + 4;
  let at = directory;
  for (const [, type, values] of entries) if (sizeOf(type, values) > 4) at += sizeOf(type, values);
  blocks.forEach((block, i) => {
    offsets[i] = at;
    at += block.length;
  });
  const bytes = Buffer.alloc(at);
  const put16 = (value: number, to: number): unknown =>
    bigEndian ? bytes.writeUInt16BE(value, to) : bytes.writeUInt16LE(value, to);
  const put32 = (value: number, to: number): unknown =>
    bigEndian ? bytes.writeUInt32BE(value, to) : bytes.writeUInt32LE(value, to);
  bytes.write(bigEndian ? 'MM' : 'II', 'latin1');
  put16(42, 2);
  put32(8, 4);
  put16(entries.length, 8);
  counts[counts.length - 1] = (counts.at(-1) ?? 0) + (request.overclaim ?? 0);
  let more = directory;
  entries.forEach(([tag, type, values], i) => {
    const entry = 10 + 12 * i;
    put16(tag, entry);
    put16(type, entry + 2);
    put32(values.length, entry + 4);
    const size = sizeOf(type, values);
    let to = entry + 8;
    if (size > 4) {
      put32(more, to);
      to = more;
      more += size;
    }
    for (const value of values) {
      if (type === 3) put16(value, to);
      else put32(value, to);
      to += type === 3 ? 2 : 4;
    }
  });
  blocks.forEach((block, i) => bytes.set(block, offsets[i]));
  return bytes;
}
