/** A mask as a BMP of 8 bits with a grey palette, rows from the bottom: the form that every program reads. */
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import { greyRows } from './greyRows.ts';

const start = 54 + 4 * 256;

function header(width: number, height: number, bytesOfPixels: number): Uint8Array {
  const bytes = Buffer.alloc(start);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(start + bytesOfPixels, 2);
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(8, 28);
  bytes.writeUInt32LE(bytesOfPixels, 34);
  bytes.writeUInt32LE(256, 46);
  for (let grey = 0; grey < 256; grey += 1) bytes.set([grey, grey, grey, 0], 54 + 4 * grey);
  return bytes;
}

/** The file's bytes in order. */
export async function* bmpMask(bits: MaskBits): AsyncGenerator<Uint8Array> {
  const stride = Math.ceil(bits.width / 4) * 4;
  yield header(bits.width, bits.height, stride * bits.height);
  yield* greyRows(bits, { stride, before: 0, bottomUp: true });
}
