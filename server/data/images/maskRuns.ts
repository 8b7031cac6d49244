/** Masks that a label file gives as runs of marked pixels. */
import type { MaskSource } from '../../../protocol/dataset.ts';
import type { MaskPixels } from './messages.ts';

export type RunsSource = Extract<MaskSource, { readonly kind: 'runs' }>;

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

interface Size {
  readonly width: number;
  readonly height: number;
}

/** True for run lengths that lead out of no mask of a size. */
export function runsFit(encoded: string, { width, height }: Size): boolean {
  const numbers = encoded.split(' ').map(Number);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    if ((numbers[i] ?? 1) + (numbers[i + 1] ?? 0) - 1 > width * height) return false;
  }
  return true;
}

/** The run lengths at an image's own size, where they fit it; else at the size that they came with. */
export const atOwnSize = (runs: RunsSource, { width, height }: Size): RunsSource =>
  runsFit(runs.encoded, { width, height }) ? { ...runs, width, height } : runs;
