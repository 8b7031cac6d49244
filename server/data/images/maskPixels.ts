/** Masks as pixels: from an image file, or from runs of marked pixels. */
import type { MaskPixels } from './messages.ts';
import { openSource, rawOf } from './source.ts';

/** The marked pixels of a mask's file. */
export async function readMask(bytes: Buffer): Promise<MaskPixels> {
  const source = await openSource(bytes);
  const { data, width, height, channels } = await rawOf(source, source.image, source.channels);
  const mask = new Uint8Array(width * height);
  const values = new Set<number>();
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] ?? 0;
    if (value !== 0) mask[Math.floor(i / channels)] = 1;
    if (values.size < 256) values.add(value);
  }
  return { data: mask, width, height, values: [...values].sort((a, b) => a - b) };
}
