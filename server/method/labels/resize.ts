/**
 * Masks at another size: step 2 of docs/method.md, "Labels". The values must be OpenCV's to the last bit,
 * since a value that rounds to 0 there is background and one that does not is defect.
 */
import type { BinaryMask } from './mask.ts';
import { checkMask } from './mask.ts';

/** Fixed-point weights of OpenCV's bilinear resize have 11 bits. */
const ONE = 2048;

/** For each target position: the two source positions and their weights, which add up to ONE. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

/** Rounds halves to even, as the processor's conversion does that OpenCV uses. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Pixel centres are aligned; positions and fractions in float32, as in OpenCV. */
function taps(source: number, target: number, keepFraction: boolean): Taps {
  const result: Taps = {
    first: new Int32Array(target),
    second: new Int32Array(target),
    firstWeight: new Int32Array(target),
    secondWeight: new Int32Array(target),
  };
  const scale = 1 / (target / source);
  for (let i = 0; i < target; i += 1) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(position);
    const outside = floor < 0 || floor >= source - 1;
    const fraction = outside && !keepFraction ? 0 : Math.fround(position - floor);
    result.first[i] = Math.min(Math.max(floor, 0), source - 1);
    result.second[i] = Math.min(Math.max(floor + 1, 0), source - 1);
    result.firstWeight[i] = roundHalfEven(Math.fround(1 - fraction) * ONE);
    result.secondWeight[i] = roundHalfEven(fraction * ONE);
  }
  return result;
}

/** One source row (0 or 255 each) brought to the target's width, in units of 1 / ONE. */
function resizeRow(source: Uint8Array, start: number, columns: Taps, into: Int32Array): void {
  for (let x = 0; x < into.length; x += 1) {
    const first = source[start + (columns.first[x] ?? 0)] === 0 ? 0 : 255;
    const second = source[start + (columns.second[x] ?? 0)] === 0 ? 0 : 255;
    into[x] = first * (columns.firstWeight[x] ?? 0) + second * (columns.secondWeight[x] ?? 0);
  }
}

/** Two rows mixed and rounded to 8 bits, with OpenCV's order of shifts. */
function mixRows(upper: Int32Array, lower: Int32Array, weights: [number, number]): Uint8Array {
  const [a, b] = weights;
  return Uint8Array.from(
    upper,
    (value, x) => (((a * (value >> 4)) >> 16) + ((b * ((lower[x] ?? 0) >> 4)) >> 16) + 2) >> 2,
  );
}

/**
 * A mask at `width` x `height`, bilinearly, as 8-bit values 0..255 (not divided). Without a change of
 * size the values are 0 and 255.
 */
export function resizeMask(mask: BinaryMask, width: number, height: number): Uint8Array {
  checkMask(mask);
  if (mask.width === width && mask.height === height) {
    return mask.data.map((value) => (value === 0 ? 0 : 255));
  }
  const columns = taps(mask.width, width, false);
  const rows = taps(mask.height, height, true);
  const result = new Uint8Array(width * height);
  // Two resized source rows are kept; a target row mostly needs those of the row before.
  const cache = new Map<number, Int32Array>();
  const rowAt = (y: number): Int32Array => {
    const known = cache.get(y);
    if (known !== undefined) return known;
    const row = new Int32Array(width);
    resizeRow(mask.data, y * mask.width, columns, row);
    cache.set(y, row);
    return row;
  };
  for (let y = 0; y < height; y += 1) {
    const first = rows.first[y] ?? 0;
    const second = rows.second[y] ?? 0;
    for (const key of cache.keys()) if (key < first) cache.delete(key);
    const weights: [number, number] = [rows.firstWeight[y] ?? 0, rows.secondWeight[y] ?? 0];
    result.set(mixRows(rowAt(first), rowAt(second), weights), y * width);
  }
  return result;
}

/** A mask at `width` x `height` by nearest neighbour, pixel centres aligned; for ignore masks. */
export function resizeNearest(mask: BinaryMask, width: number, height: number): BinaryMask {
  checkMask(mask);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const start = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x += 1) {
      const from = start + Math.floor(((x + 0.5) * mask.width) / width);
      data[y * width + x] = mask.data[from] === 0 ? 0 : 1;
    }
  }
  return { data, width, height };
}
