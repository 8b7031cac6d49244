/** Which values a mask's pixels have, and how they lie: what its reading is chosen by. */
import { runEnd } from './maskRows.ts';
import type { MaskFile, MaskRows } from './maskRows.ts';

/** How many different numbers that are not whole are told apart. */
const mostOdd = 1024;
/** A photo has more than so many other values than masks have, in a larger share of its pixels. */
const fewValues = 8;
const smallShare = 0.01;

/** How many pixels have a value. */
class Counts {
  readonly #whole: Uint32Array;
  readonly #odd = new Map<number, number>();
  #largest = 0;

  /** `most`: the largest whole value that is counted by itself. */
  constructor(most: number) {
    this.#whole = new Uint32Array(most + 1);
  }

  add(value: number, pixels: number): void {
    if (value >= 0 && value < this.#whole.length && Number.isInteger(value)) {
      this.#whole[value] = (this.#whole[value] ?? 0) + pixels;
      this.#largest = Math.max(this.#largest, value);
      return;
    }
    const key = this.#odd.has(value) || this.#odd.size < mostOdd ? value : NaN;
    this.#odd.set(key, (this.#odd.get(key) ?? 0) + pixels);
  }

  /** Value and pixels, ascending. */
  get entries(): (readonly [value: number, pixels: number])[] {
    const found: (readonly [number, number])[] = [...this.#odd];
    for (let value = 0; value <= this.#largest; value += 1) {
      const pixels = this.#whole[value] ?? 0;
      if (pixels > 0) found.push([value, pixels]);
    }
    return found.sort(([a], [b]) => a - b);
  }
}

export class ValueSurvey {
  readonly #file: MaskFile;
  readonly #seen: Counts;
  readonly #hidden: Counts;
  readonly #flat = new Set<number>();

  constructor(file: MaskFile) {
    this.#file = file;
    const most = file.white ?? 65_535;
    [this.#seen, this.#hidden] = [new Counts(most), new Counts(most)];
  }

  add(part: MaskRows): void {
    const { rows, values, seen } = part;
    const { width } = this.#file;
    for (let from = 0, end; from < rows * width; from = end) {
      end = runEnd(part, from, from - (from % width) + width);
      const value = values[from] ?? 0;
      (seen === undefined || seen[from] === 1 ? this.#seen : this.#hidden).add(value, end - from);
      if (value !== 0 && end - from >= 3) this.#findFlat(part, from, end);
    }
  }

  /** Values of pixels that can be seen, and of those that are transparent. */
  get seen(): (readonly [value: number, pixels: number])[] {
    return this.#seen.entries;
  }

  get hidden(): (readonly [value: number, pixels: number])[] {
    return this.#hidden.entries;
  }

  /** True for a value that fills a square of three pixels somewhere: areas do, smooth edges do not. */
  isFlat(value: number): boolean {
    return this.#flat.has(value);
  }

  /** True where many values are spread over the pixels, or all have one that masks have none of. */
  get isPhoto(): boolean {
    const { width, height, palette, white } = this.#file;
    if (palette !== undefined) return false;
    const others = [...this.seen, ...this.hidden].filter(
      ([value]) => value > 1 && value !== (white ?? 1),
    );
    const pixels = others.reduce((sum, [, count]) => sum + count, 0);
    const isSpread = pixels > smallShare * width * height && others.length > fewValues;
    return isSpread || pixels === width * height;
  }

  /** Whether rows above and below a run are like it, for three pixels. */
  #findFlat({ values, rows }: MaskRows, from: number, end: number): void {
    const { width } = this.#file;
    const value = values[from] ?? 0;
    if (from < width || end > (rows - 1) * width || this.#flat.has(value)) return;
    const isRow = (middle: number): boolean =>
      values[middle - 1] === value && values[middle] === value && values[middle + 1] === value;
    for (let at = from + 1; at + 1 < end; at += 1) {
      if (isRow(at - width) && isRow(at + width)) {
        this.#flat.add(value);
        return;
      }
    }
  }
}
