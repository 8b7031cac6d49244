/**
 * How many predicted regions touch no defect, at every threshold at once. Pixels are switched on from
 * the highest probability to the lowest; a region is born with a pixel without neighbours, ends when it
 * meets another, and is false until it holds a defective pixel.
 */
import { binCount } from './probabilityBins.ts';

/** Pixel indices in the order of falling bins. */
function byFallingBin(bins: Uint32Array): Uint32Array {
  const starts = new Uint32Array(binCount + 1);
  for (const bin of bins) starts[binCount - bin] = (starts[binCount - bin] ?? 0) + 1;
  for (let i = 1; i <= binCount; i += 1) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  const order = new Uint32Array(bins.length);
  bins.forEach((bin, pixel) => {
    const place = starts[binCount - bin - 1] ?? 0;
    order[place] = pixel;
    starts[binCount - bin - 1] = place + 1;
  });
  return order;
}

const OFF = -1;

/** Disjoint sets of the pixels that are on, each with whether it holds a defective pixel. */
class Regions {
  readonly #parent: Int32Array;
  readonly #true: Uint8Array;

  constructor(pixels: number) {
    this.#parent = new Int32Array(pixels).fill(OFF);
    this.#true = new Uint8Array(pixels);
  }

  isOn(pixel: number): boolean {
    return this.#parent[pixel] !== OFF;
  }

  /** Makes a region of one pixel; returns the change in false regions. */
  add(pixel: number, defective: boolean): number {
    this.#parent[pixel] = pixel;
    this.#true[pixel] = defective ? 1 : 0;
    return defective ? 0 : 1;
  }

  /** Joins two regions; returns the change in false regions. */
  join(a: number, b: number): number {
    const [first, second] = [this.#root(a), this.#root(b)];
    if (first === second) return 0;
    const [trueFirst, trueSecond] = [this.#true[first] ?? 0, this.#true[second] ?? 0];
    this.#parent[second] = first;
    this.#true[first] = trueFirst | trueSecond;
    return trueFirst + trueSecond === 2 ? 0 : -1;
  }

  #root(pixel: number): number {
    const parent = this.#parent;
    let here = pixel;
    while (parent[here] !== here) {
      const above = parent[here] ?? here;
      parent[here] = parent[above] ?? above;
      here = parent[here] ?? here;
    }
    return here;
  }
}

/**
 * Adds to `changes`, by bin, by how much the number of false regions grows when the pixels of that bin
 * are switched on (8-connected). `mask`: 0 good, 1 defect, 255 ignored (never on); row-major.
 */
export function addFalseRegions(
  changes: Float64Array,
  mask: Uint8Array,
  bins: Uint32Array,
  width: number,
): void {
  const height = mask.length / width;
  const regions = new Regions(mask.length);
  for (const pixel of byFallingBin(bins)) {
    const value = mask[pixel] ?? 0;
    if (value === 255) continue;
    let change = regions.add(pixel, value === 1);
    const x = pixel % width;
    const y = (pixel - x) / width;
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny += 1) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx += 1) {
        const neighbour = ny * width + nx;
        if (neighbour !== pixel && regions.isOn(neighbour))
          change += regions.join(neighbour, pixel);
      }
    }
    const bin = bins[pixel] ?? 0;
    changes[bin] = (changes[bin] ?? 0) + change;
  }
}
