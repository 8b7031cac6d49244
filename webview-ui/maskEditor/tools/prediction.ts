/**
 * A run's heat map as pixels: the map lies over the whole image, its values between the centres of its
 * pixels are bilinear, and beyond the outermost centres those of the border.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point, Size } from '../../../protocol/mask/raster.ts';
import type { BitsShape } from './pixels.ts';
import { flood, pixelIn } from './pixels.ts';

/** Probability x 255, row by row. */
export interface HeatMap extends Size {
  readonly values: Uint8Array;
}

/** Where a pixel's centre lies between the centres of a map's pixels, along one axis. */
interface Place {
  readonly low: number;
  readonly high: number;
  /** Of `high`, 0..1. */
  readonly share: number;
}

function placeOf(pixel: number, imageSide: number, mapSide: number): Place {
  const at = ((pixel + 0.5) * mapSide) / imageSide - 0.5;
  const inside = Math.min(mapSide - 1, Math.max(0, at));
  const low = Math.floor(inside);
  return { low, high: Math.min(mapSide - 1, low + 1), share: inside - low };
}

const between = (a: number, b: number, share: number): number => a + (b - a) * share;

/** The map's value 0..255 at one of its columns, between two of its rows. */
const columnValue = ({ values, width }: HeatMap, column: number, row: Place): number =>
  between(values[row.low * width + column] ?? 0, values[row.high * width + column] ?? 0, row.share);

/** The probability 0..1 at a pixel of an image of this size. */
export function predictionAt(map: HeatMap, size: Size, x: number, y: number): number {
  const row = placeOf(y, size.height, map.height);
  const { low, high, share } = placeOf(x, size.width, map.width);
  return between(columnValue(map, low, row), columnValue(map, high, row), share) / 255;
}

/** The pixels whose probability is at least the threshold (0..1). */
export function wholePrediction(map: HeatMap, size: Size, threshold: number): BitsShape {
  const bits = new MaskBits(size.width, size.height);
  const columns = Array.from({ length: size.width }, (_, x) => placeOf(x, size.width, map.width));
  const line = new Float64Array(map.width);
  for (let y = 0; y < size.height; y += 1) {
    const row = placeOf(y, size.height, map.height);
    for (let column = 0; column < map.width; column += 1) {
      line[column] = columnValue(map, column, row);
    }
    // Most rows of most maps are all below.
    if (line.some((value) => value / 255 >= threshold)) fillRow(bits, y, columns, line, threshold);
  }
  return { kind: 'bits', x: 0, y: 0, bits };
}

function fillRow(
  bits: MaskBits,
  y: number,
  columns: readonly Place[],
  line: Float64Array,
  threshold: number,
): void {
  let start = -1;
  columns.forEach(({ low, high, share }, x) => {
    const isIn = between(line[low] ?? 0, line[high] ?? 0, share) / 255 >= threshold;
    if (isIn && start < 0) start = x;
    if (isIn || start < 0) return;
    bits.fill(y, start, x, true);
    start = -1;
  });
  if (start >= 0) bits.fill(y, start, columns.length, true);
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
