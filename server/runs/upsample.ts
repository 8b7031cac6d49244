/** Maps of the network brought to an image's own size. */

interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

/** For each target pixel the two source pixels around its centre, and the share of the second. */
function taps(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i += 1) {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    low[i] = Math.floor(place);
    high[i] = Math.min((low[i] ?? 0) + 1, from - 1);
    share[i] = place - (low[i] ?? 0);
  }
  return { low, high, share };
}

/** Bilinear resize of a row-major map, pixel centres aligned, borders repeated. */
export function upsampleMap(
  map: Float32Array,
  mapWidth: number,
  mapHeight: number,
  width: number,
  height: number,
): Float32Array {
  const x = taps(mapWidth, width);
  const y = taps(mapHeight, height);
  const result = new Float32Array(width * height);
  const row = new Float32Array(mapWidth);
  for (let r = 0; r < height; r += 1) {
    const top = (y.low[r] ?? 0) * mapWidth;
    const bottom = (y.high[r] ?? 0) * mapWidth;
    const down = y.share[r] ?? 0;
    for (let c = 0; c < mapWidth; c += 1) {
      row[c] = (map[top + c] ?? 0) * (1 - down) + (map[bottom + c] ?? 0) * down;
    }
    for (let c = 0; c < width; c += 1) {
      const right = x.share[c] ?? 0;
      result[r * width + c] =
        (row[x.low[c] ?? 0] ?? 0) * (1 - right) + (row[x.high[c] ?? 0] ?? 0) * right;
    }
  }
  return result;
}
