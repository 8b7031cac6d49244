/**
 * How much each defective pixel weighs: step 3 of docs/method.md, "Labels". Most in the middle of a
 * defect, where an annotator is sure; the exact Euclidean distance to the nearest good pixel decides.
 */
import { connectedRegions } from './regions.ts';

export interface DistanceOptions {
  /** w_pos: the weight where the distance is largest. */
  readonly positiveWeight: number;
  /** p: the exponent of the relative distance. */
  readonly distancePower: number;
  /** Relative to each 8-connected region's own maximum instead of the image's. */
  readonly weightsPerRegion: boolean;
}

/** For each value the distance to the nearest zero in its column; `far` where there is none. */
function columnDistances(
  values: Uint8Array,
  width: number,
  height: number,
  far: number,
): Int32Array {
  const distances = new Int32Array(width * height);
  for (let x = 0; x < width; x += 1) {
    let distance = far;
    for (let i = x; i < values.length; i += width) {
      distance = values[i] === 0 ? 0 : Math.min(distance + 1, far);
      distances[i] = distance;
    }
    distance = far;
    for (let i = x + (height - 1) * width; i >= 0; i -= width) {
      distance = values[i] === 0 ? 0 : Math.min(distance + 1, far);
      distances[i] = Math.min(distances[i] ?? far, distance);
    }
  }
  return distances;
}

/**
 * Squared distances along one row: the lower envelope of the parabolas (x − i)² + column[i]²
 * (Meijster, Roerdink and Hesselink, 2000). All in whole numbers, hence exact.
 */
function rowDistances(column: Int32Array, apex: Int32Array, from: Int32Array): Float64Array {
  const width = column.length;
  const at = (x: number, i: number): number => (x - i) ** 2 + (column[i] ?? 0) ** 2;
  let top = -1;
  for (let u = 0; u < width; u += 1) {
    while (top >= 0 && at(from[top] ?? 0, apex[top] ?? 0) > at(from[top] ?? 0, u)) top -= 1;
    if (top < 0) {
      top = 0;
      apex[0] = u;
      from[0] = 0;
      continue;
    }
    const i = apex[top] ?? 0;
    const meeting = (at(0, u) - at(0, i)) / (2 * (u - i));
    if (Math.floor(meeting) + 1 < width) {
      top += 1;
      apex[top] = u;
      from[top] = Math.floor(meeting) + 1;
    }
  }
  const squared = new Float64Array(width);
  for (let x = width - 1; x >= 0; x -= 1) {
    squared[x] = at(x, apex[top] ?? 0);
    if (x === (from[top] ?? 0)) top -= 1;
  }
  return squared;
}

/**
 * The exact Euclidean distance in pixels of each non-zero value to the nearest zero one (row-major,
 * width x height). Throws a RangeError when there is no zero to measure from.
 */
export function distanceToZero(values: Uint8Array, width: number, height: number): Float64Array {
  if (!values.includes(0)) throw new RangeError('No zero value to measure distances from.');
  const columns = columnDistances(values, width, height, width + height);
  const distances = new Float64Array(width * height);
  const apex = new Int32Array(width);
  const from = new Int32Array(width);
  for (let y = 0; y < height; y += 1) {
    const column = columns.subarray(y * width, (y + 1) * width);
    if (column.every((distance) => distance === 0)) continue;
    const squared = rowDistances(column, apex, from);
    for (let x = 0; x < width; x += 1) distances[y * width + x] = Math.sqrt(squared[x] ?? 0);
  }
  return distances;
}

/** The largest distance that each pixel is measured against: the image's or its region's. */
function maxima(
  distances: Float64Array,
  values: Uint8Array,
  size: { width: number; height: number },
  perRegion: boolean,
): (i: number) => number {
  if (!perRegion) {
    const largest = distances.reduce((a, b) => Math.max(a, b), 0);
    return () => largest;
  }
  const { labels, count } = connectedRegions(values, size.width, size.height);
  const largest = new Float64Array(count + 1);
  distances.forEach((distance, i) => {
    const label = labels[i] ?? 0;
    largest[label] = Math.max(largest[label] ?? 0, distance);
  });
  return (i) => largest[labels[i] ?? 0] ?? 0;
}

/**
 * Weights at full size for a resized mask (8-bit values, row-major): (d / max d)^p · w_pos where it
 * is non-zero, 1 elsewhere. All ones for a constant mask, and for one without any zero.
 */
export function distanceWeights(
  values: Uint8Array,
  width: number,
  height: number,
  { positiveWeight, distancePower, weightsPerRegion }: DistanceOptions,
): Float32Array {
  const weights = new Float32Array(width * height).fill(1);
  if (!values.includes(0) || values.every((value) => value === 0)) return weights;
  const distances = distanceToZero(values, width, height);
  const largest = maxima(distances, values, { width, height }, weightsPerRegion);
  for (let i = 0; i < weights.length; i += 1) {
    if (values[i] === 0) continue;
    weights[i] = ((distances[i] ?? 0) / largest(i)) ** distancePower * positiveWeight;
  }
  return weights;
}
