/** Masks as bits, for editing: some rows at a time, so that the largest stay within the memory limit. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachMarkedPixel, readBmpHeader } from './bmp.ts';
import type { MaskBytes } from './messages.ts';
import { assertSize, isBmp, mostPixelsByRows, openSource, rawOf } from './source.ts';

/** Pixels decoded at once. */
const portion = 2 ** 26;

function readBmpBits(bytes: Buffer): MaskBits {
  const header = readBmpHeader(bytes, (w, h) => assertSize(w, h, mostPixelsByRows));
  const bits = new MaskBits(header.width, header.height);
  eachMarkedPixel(bytes, header, (x, y) => bits.fill(y, x, x + 1, true));
  return bits;
}

/** The marked pixels of a mask's file: those with any channel that is not 0. */
export async function readMaskBits(bytes: Buffer): Promise<MaskBytes> {
  if (isBmp(bytes)) {
    const bits = readBmpBits(bytes);
    return { width: bits.width, height: bits.height, bytes: bits.bytes };
  }
  const { width, height } = await openSource(bytes, mostPixelsByRows);
  const bits = new MaskBits(width, height);
  const atOnce = Math.max(1, Math.floor(portion / width));
  for (let top = 0; top < height; top += atOnce) {
    // Each part is decoded from the file's begin: slower, and never more than a part in memory.
    const source = await openSource(bytes, mostPixelsByRows);
    const rows = Math.min(atOnce, height - top);
    const part =
      rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
    const { data, channels } = await rawOf(source, part, source.channels);
    for (let i = 0; i < data.length; i += 1) {
      if (data[i] === 0) continue;
      const pixel = Math.floor(i / channels);
      const x = pixel % width;
      bits.fill(top + Math.floor(pixel / width), x, x + 1, true);
    }
  }
  return { width, height, bytes: bits.bytes };
}
