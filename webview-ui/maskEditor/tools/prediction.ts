/** A run's heat map as pixels of a mask. */
import { LaidMap } from '../../../protocol/mapGeometry.ts';
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point, Size } from '../../../protocol/mask/raster.ts';
import type { BitsShape } from './pixels.ts';
import { flood, pixelIn } from './pixels.ts';

/** Probability x 255, row by row, a value for each cell of the network's map. */
export interface HeatMap extends Size {
  readonly values: Uint8Array;
}

function probabilities({ width, height, values }: HeatMap, size: Size): LaidMap {
  const shares = Float64Array.from(values, (value) => value / 255);
  return new LaidMap({ width, height, values: shares }, size);
}

/** The probability 0..1 at a pixel of an image of this size. */
export const predictionAt = (map: HeatMap, size: Size, x: number, y: number): number =>
  probabilities(map, size).row(y)?.[x] ?? 0;

/** The pixels whose probability is at least the threshold (0..1). */
export function wholePrediction(map: HeatMap, size: Size, threshold: number): BitsShape {
  const bits = new MaskBits(size.width, size.height);
  const laid = probabilities(map, size);
  for (let y = 0; y < size.height; y += 1) {
    // Most rows of most maps are all below.
    const row = laid.row(y, threshold);
    if (row !== undefined) fillRow(bits, y, row, threshold);
  }
  return { kind: 'bits', x: 0, y: 0, bits };
}

function fillRow(bits: MaskBits, y: number, row: Float64Array, threshold: number): void {
  let start = -1;
  for (let x = 0; x <= row.length; x += 1) {
    const isIn = (row[x] ?? -1) >= threshold;
    if (isIn && start < 0) start = x;
    if (isIn || start < 0) continue;
    bits.fill(y, start, x, true);
    start = -1;
  }
}

/** Of those pixels, the ones connected (4 neighbours) with the one clicked; null where it is none of them. */
export function predictedRegion(
  map: HeatMap,
  size: Size,
  threshold: number,
  at: Point,
): BitsShape | null {
  const seed = pixelIn(at, { x: 0, y: 0, width: size.width, height: size.height });
  if (seed === null || predictionAt(map, size, seed.x, seed.y) < threshold) return null;
  const { bits } = wholePrediction(map, size, threshold);
  const region = flood(size.width, size.height, [seed], (x, y) => bits.has(x, y));
  return { kind: 'bits', x: 0, y: 0, bits: region };
}
