/** From full size to the map's, an eighth: step 4 of docs/method.md, "Labels". */
import { mapStride as STRIDE } from '../../../protocol/mapGeometry.ts';

const REACH = 8;
const WINDOW = 2 * REACH + 1;

/** The position inside 0..length−1 that `position` mirrors to; the border itself is not repeated. */
function reflect(position: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((position % period) + period) % period;
  return Math.min(folded, period - folded);
}

/** For each of the `length` / 8 windows the 17 positions it sums. */
function windows(length: number): Int32Array {
  const cells = Math.floor(length / STRIDE);
  return Int32Array.from({ length: cells * WINDOW }, (_, i) =>
    reflect(Math.floor(i / WINDOW) * STRIDE - REACH + (i % WINDOW), length),
  );
}

/**
 * Averages 17 x 17 windows at every 8th pixel, mirrored at the borders. `values` is row-major,
 * width x height, both multiples of 8; the result is width/8 x height/8 averages divided by `unit`.
 */
export function reduceToMap(
  values: Float32Array | Uint8Array,
  width: number,
  height: number,
  unit = 1,
): Float32Array {
  if (width % STRIDE !== 0 || height % STRIDE !== 0 || values.length !== width * height) {
    throw new RangeError(`${values.length} values of ${width}x${height} have no map.`);
  }
  const mapWidth = width / STRIDE;
  const mapHeight = height / STRIDE;
  const columns = windows(width);
  const rows = windows(height);
  const rowSums = new Float64Array(mapWidth * height);
  for (let y = 0; y < height; y += 1) {
    for (let i = 0; i < columns.length; i += 1) {
      const cell = y * mapWidth + Math.floor(i / WINDOW);
      rowSums[cell] = (rowSums[cell] ?? 0) + (values[y * width + (columns[i] ?? 0)] ?? 0);
    }
  }
  const sums = new Float64Array(mapWidth * mapHeight);
  for (let i = 0; i < rows.length; i += 1) {
    const from = (rows[i] ?? 0) * mapWidth;
    const to = Math.floor(i / WINDOW) * mapWidth;
    for (let x = 0; x < mapWidth; x += 1) {
      sums[to + x] = (sums[to + x] ?? 0) + (rowSums[from + x] ?? 0);
    }
  }
  return Float32Array.from(sums, (sum) => sum / (WINDOW * WINDOW * unit));
}
