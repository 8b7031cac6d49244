/**
 * Pixels on their way to the network (docs/pixels.md): colour to grey, and another size. Both are what Pillow
 * computes, so that a script in Python gets the same values.
 */

/** Interleaved pixels. */
interface Pixels {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** BT.601's weights in 16 bits, as Pillow has them: they add up to 65536. */
const [red, green, blue] = [19_595, 38_470, 7471];

/** 0.299 R + 0.587 G + 0.114 B of the stored values, rounded, at the depth of the source. */
export function greyOf({ data, width, height, channels }: Pixels): Uint8Array | Uint16Array {
  if (channels === 1) return data;
  const count = width * height;
  const grey = data instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  for (let i = 0, at = 0; i < count; i += 1, at += channels) {
    const sum =
      (data[at] ?? 0) * red + (data[at + 1] ?? 0) * green + (data[at + 2] ?? 0) * blue + 32_768;
    // 16 bits would not fit the whole numbers of shifts.
    grey[i] = Math.floor(sum / 65_536);
  }
  return grey;
}

/** For each target position the first source position and the weights from there on, which add up to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  readonly most: number;
}

/** A triangle as wide as a target pixel and its neighbours, cut at the borders: bilinear, with antialiasing. */
function tapsOf(source: number, target: number): Taps {
  const scale = source / target;
  const reach = Math.max(1, scale);
  const most = Math.ceil(reach) * 2 + 1;
  const taps: Taps = {
    first: new Int32Array(target),
    count: new Int32Array(target),
    weights: new Float64Array(target * most),
    most,
  };
  for (let i = 0; i < target; i += 1) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(source, Math.trunc(centre + reach + 0.5));
    let sum = 0;
    for (let x = first; x < end; x += 1) {
      const weight = Math.max(0, 1 - Math.abs(x - centre + 0.5) / reach);
      taps.weights[i * most + x - first] = weight;
      sum += weight;
    }
    for (let k = 0; k < end - first; k += 1) {
      taps.weights[i * most + k] = (taps.weights[i * most + k] ?? 0) / sum;
    }
    taps.first[i] = first;
    taps.count[i] = end - first;
  }
  return taps;
}

/** Each row at another width. */
function narrowed(
  data: Uint8Array | Uint16Array,
  [width, height]: readonly [number, number],
  [channels, channel]: readonly [number, number],
  target: number,
): Float32Array {
  const { first, count, weights, most } = tapsOf(width, target);
  const result = new Float32Array(target * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * width * channels + channel;
    for (let x = 0; x < target; x += 1) {
      let sum = 0;
      let at = row + (first[x] ?? 0) * channels;
      const start = x * most;
      const end = start + (count[x] ?? 0);
      for (let k = start; k < end; k += 1, at += channels) {
        sum += (data[at] ?? 0) * (weights[k] ?? 0);
      }
      result[y * target + x] = sum;
    }
  }
  return result;
}

/** One channel at another size, into `plane`: rows first, then columns, rounded once at the end. */
function fitChannel(
  { data, width, height, channels }: Pixels,
  channel: number,
  plane: Uint8Array | Uint16Array,
  [targetWidth, targetHeight]: readonly [number, number],
): void {
  const rows = narrowed(data, [width, height], [channels, channel], targetWidth);
  const { first, count, weights, most } = tapsOf(height, targetHeight);
  const sums = new Float64Array(targetWidth);
  for (let y = 0; y < targetHeight; y += 1) {
    sums.fill(0);
    for (let k = 0; k < (count[y] ?? 0); k += 1) {
      const weight = weights[y * most + k] ?? 0;
      const from = ((first[y] ?? 0) + k) * targetWidth;
      for (let x = 0; x < targetWidth; x += 1) {
        sums[x] = (sums[x] ?? 0) + (rows[from + x] ?? 0) * weight;
      }
    }
    for (let x = 0; x < targetWidth; x += 1) {
      // Pillow keeps 32 bits between its steps, too.
      plane[y * targetWidth + x] = Math.floor(Math.fround(sums[x] ?? 0) + 0.5);
    }
  }
}

/** Planes [C, H, W] at a size, of the source's depth. A grey image fills each plane; colour becomes grey first. */
export function fitPlanes(
  pixels: Pixels,
  { width, height, channels }: Omit<Pixels, 'data'>,
): Uint8Array | Uint16Array {
  const source: Pixels =
    channels === 1 && pixels.channels > 1
      ? { ...pixels, data: greyOf(pixels), channels: 1 }
      : pixels;
  const count = width * height;
  const isDeep = source.data instanceof Uint16Array;
  const planes = isDeep ? new Uint16Array(count * channels) : new Uint8Array(count * channels);
  for (let c = 0; c < channels; c += 1) {
    const plane = planes.subarray(c * count, (c + 1) * count);
    if (c >= source.channels) plane.set(planes.subarray(0, count));
    else fitChannel(source, c, plane, [width, height]);
  }
  return planes;
}
