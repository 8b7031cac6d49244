/** Masks that a label file gives as runs of marked pixels. */
import type { MaskPixels } from './messages.ts';

/** 1-based start and length, column by column. */
export function decodeRuns(encoded: string, width: number, height: number): MaskPixels {
  const data = new Uint8Array(width * height);
  const numbers = encoded.split(' ').map(Number);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const start = (numbers[i] ?? 1) - 1;
    for (let place = start; place < start + (numbers[i + 1] ?? 0); place += 1) {
      data[(place % height) * width + Math.floor(place / height)] = 1;
    }
  }
  return { data, width, height, notes: [] };
}
