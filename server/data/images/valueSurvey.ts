/** Which values a mask's pixels have, and how they lie: what its reading is chosen by. */
import type { MaskFile, MaskRows } from './maskRows.ts';

/** How many different numbers that are not whole are told apart. */
const mostOdd = 1024;
/** A photo has more than so many other values than masks have, in a larger share of its pixels. */
const fewValues = 8;
const smallShare = 0.01;

/** How many pixels have a value. */
class Counts {
  readonly #whole = new Uint32Array(65_536);
  readonly #odd = new Map<number, number>();

  add(value: number): void {
    if (value >= 0 && value < 65_536 && Number.isInteger(value)) {
      this.#whole[value] = (this.#whole[value] ?? 0) + 1;
      return;
    }
    const key = this.#odd.has(value) || this.#odd.size < mostOdd ? value : NaN;
    this.#odd.set(key, (this.#odd.get(key) ?? 0) + 1);
  }

  /** Value and pixels, ascending. */
  get entries(): (readonly [value: number, pixels: number])[] {
    const whole = [...this.#whole.entries()].filter(([, pixels]) => pixels > 0);
    return [...whole, ...this.#odd].sort(([a], [b]) => a - b);
  }
}

export class ValueSurvey {
  readonly #file: MaskFile;
  readonly #seen = new Counts();
  readonly #hidden = new Counts();
  readonly #flat = new Set<number>();

  constructor(file: MaskFile) {
    this.#file = file;
  }

  add(part: MaskRows): void {
    const { values, seen } = part;
    for (let i = 0; i < values.length; i += 1) {
      (seen === undefined || seen[i] === 1 ? this.#seen : this.#hidden).add(values[i] ?? 0);
    }
    this.#findFlat(part);
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

  #findFlat({ values, rows }: MaskRows): void {
    const { width } = this.#file;
    for (let y = 1; y + 1 < rows; y += 1) {
      for (let x = 1; x + 1 < width; x += 1) {
        const at = y * width + x;
        const value = values[at] ?? 0;
        if (value === 0 || value !== values[at + 1] || value !== values[at - 1]) continue;
        if (this.#flat.has(value)) continue;
        const isRow = (middle: number): boolean =>
          values[middle - 1] === value && values[middle] === value && values[middle + 1] === value;
        if (isRow(at - width) && isRow(at + width)) this.#flat.add(value);
      }
    }
  }
}
