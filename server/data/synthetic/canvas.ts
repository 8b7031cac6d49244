/** A grey picture in floating point, and the noise that its textures are made of. Seeded, so always the same. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers of one picture. */
export class Dice {
  readonly #generator;

  /** Streams of one seed differ by `stream`. */
  constructor(seed: number, stream: number) {
    this.#generator = xoroshiro128plus(
      Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b),
    );
    for (let i = 0; i < 8; i += 1) this.unit();
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return uniformFloat64(this.#generator);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform among the whole numbers from low to high. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  sign(): 1 | -1 {
    return this.unit() < 0.5 ? -1 : 1;
  }
}

/** Values in about 0..1, row-major; the mask holds 0 or 1. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly grey: Float64Array;
  readonly mask: Uint8Array;
}

export function blankCanvas(width: number, height: number): Canvas {
  const size = width * height;
  return { width, height, grey: new Float64Array(size), mask: new Uint8Array(size) };
}

/** Calls `paint` for each pixel within `reach` of (x, y) with the distance to it. */
export function around(
  { width, height }: Canvas,
  x: number,
  y: number,
  reach: number,
  paint: (index: number, dx: number, dy: number, distance: number) => void,
): void {
  const [left, right] = [
    Math.max(0, Math.floor(x - reach)),
    Math.min(width - 1, Math.ceil(x + reach)),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(y - reach)),
    Math.min(height - 1, Math.ceil(y + reach)),
  ];
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const [dx, dy] = [column - x, row - y];
      const distance = Math.hypot(dx, dy);
      if (distance <= reach) paint(row * width + column, dx, dy, distance);
    }
  }
}

/** The mean over a window of 2·radius + 1 along one axis, wrapping around the border. */
function boxFilter(
  source: Float64Array,
  width: number,
  height: number,
  radius: number,
  vertical: boolean,
): Float64Array {
  if (radius === 0) return source;
  const result = new Float64Array(source.length);
  const [length, lines] = vertical ? [height, width] : [width, height];
  const [step, lineStep] = vertical ? [width, 1] : [1, width];
  for (let line = 0; line < lines; line += 1) {
    const at = (i: number): number =>
      source[line * lineStep + (((i % length) + length) % length) * step] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i += 1) sum += at(i);
    for (let i = 0; i < length; i += 1) {
      result[line * lineStep + i * step] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return result;
}

/** Noise smoothed with the given radii (twice each way), of mean 0 and standard deviation 1. */
export function smoothNoise(
  dice: Dice,
  width: number,
  height: number,
  radiusX: number,
  radiusY: number,
): Float64Array {
  let noise: Float64Array = Float64Array.from({ length: width * height }, () => dice.unit() - 0.5);
  for (let pass = 0; pass < 2; pass += 1) {
    noise = boxFilter(noise, width, height, Math.min(radiusX, width >> 1), false);
    noise = boxFilter(noise, width, height, Math.min(radiusY, height >> 1), true);
  }
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
  const deviation = Math.sqrt(variance) || 1;
  return noise.map((value) => (value - mean) / deviation);
}
