/** A mask as a grey 8-bit PNG. The library that encodes pictures is kept to the decoding processes. */
import { Readable, pipeline } from 'node:stream';
import { createDeflate } from 'node:zlib';
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import { greyRows } from './greyRows.ts';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const polynomial = 0xedb88320;

/** The checksum of each byte value. */
const checksums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
  return sum;
});

/** CRC-32, as PNG wants it; node:zlib has one only in versions newer than the oldest we run on. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (checksums[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** A part of the file: length, name, content, checksum of the two. */
function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(checksum(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}

function header({ width, height }: MaskBits): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  // Eight bits, grey; the usual compression and filters, not interlaced.
  bytes.set([8, 0, 0, 0, 0], 8);
  return bytes;
}

/** The file's bytes in order; the same bits always give the same. */
export async function* pngMask(bits: MaskBits): AsyncGenerator<Uint8Array> {
  yield signature;
  yield chunk('IHDR', header(bits));
  // Each row begins with its filter, 0 for none.
  const rows = greyRows(bits, { stride: bits.width + 1, before: 1, bottomUp: false });
  const deflate = createDeflate({ level: 6, chunkSize: 65_536 });
  // What fails is thrown to whoever reads.
  pipeline(Readable.from(rows, { objectMode: true }), deflate, () => undefined);
  for await (const part of deflate as AsyncIterable<Uint8Array>) yield chunk('IDAT', part);
  yield chunk('IEND', new Uint8Array(0));
}
