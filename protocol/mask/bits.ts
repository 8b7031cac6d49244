/** A mask as bits: rows from the top, each row a whole number of 32-bit words, the lowest bit leftmost. */

/** A rectangle of whole pixels; `width` or `height` 0 is empty. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Longest side of an image that can be edited; larger ones are shown only. */
export const mostSide = 16_384;

/** The smallest box with both; an empty one adds nothing. */
export function unionOf(a: PixelBox, b: PixelBox): PixelBox {
  if (a.width === 0 || a.height === 0) return b;
  if (b.width === 0 || b.height === 0) return a;
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    ...{ x, y },
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits `from` up to (without) `to` of a word, 0 <= from < to <= 32. */
const bitsBetween = (from: number, to: number): number =>
  (0xffffffff << from) & (0xffffffff >>> (32 - to));

export class MaskBits {
  readonly width: number;
  readonly height: number;
  /** Words of a row. Bits beyond the width are 0. */
  readonly stride: number;
  readonly words: Uint32Array<ArrayBuffer>;

  /** All 0, or `words` of `stride * height` taken as they are. Throws a RangeError for other lengths. */
  constructor(width: number, height: number, words?: Uint32Array<ArrayBuffer>) {
    this.width = width;
    this.height = height;
    this.stride = Math.ceil(width / 32);
    this.words = words ?? new Uint32Array(this.stride * height);
    if (this.words.length !== this.stride * height) {
      throw new RangeError(`a mask of ${width}x${height} has ${this.stride * height} words`);
    }
  }

  /** Of bytes as `bytes` gives them. */
  static fromBytes(width: number, height: number, bytes: Uint8Array): MaskBits {
    // A copy: the words of a view may not lie on a multiple of four. `slice` of a Node Buffer would be none.
    return new MaskBits(width, height, new Uint32Array(new Uint8Array(bytes).buffer));
  }

  /** The words' bytes (little-endian), not copied. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.words.buffer, this.words.byteOffset, this.words.byteLength);
  }

  clone(): MaskBits {
    return new MaskBits(this.width, this.height, this.words.slice());
  }

  /** False outside of the image. */
  has(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false;
    return (((this.words[y * this.stride + (x >> 5)] ?? 0) >>> (x & 31)) & 1) === 1;
  }

  /** Sets or clears pixels x0 up to (without) x1 of a row; what lies outside of the image is left out. */
  fill(y: number, x0: number, x1: number, value: boolean): void {
    this.#eachWord(y, x0, x1, (place, bits) => {
      const word = this.words[place] ?? 0;
      this.words[place] = value ? word | bits : word & ~bits;
    });
  }

  /** Turns pixels x0 up to (without) x1 of a row over. */
  toggle(y: number, x0: number, x1: number): void {
    this.#eachWord(y, x0, x1, (place, bits) => {
      this.words[place] = (this.words[place] ?? 0) ^ bits;
    });
  }

  /** Sets the pixels of another mask of the same size as well. */
  unite(other: MaskBits): void {
    const { words } = other;
    for (let place = 0; place < words.length; place += 1) {
      this.words[place] = (this.words[place] ?? 0) | (words[place] ?? 0);
    }
  }

  /** Number of set pixels. */
  count(): number {
    let sum = 0;
    for (const word of this.words) if (word !== 0) sum += bitsIn(word);
    return sum;
  }

  get isEmpty(): boolean {
    // Plain loops here and below: a callback for each of eight million words takes tens of milliseconds.
    for (const word of this.words) if (word !== 0) return false;
    return true;
  }

  equals(other: MaskBits): boolean {
    if (this.width !== other.width || this.height !== other.height) return false;
    const [words, others] = [this.words, other.words];
    for (let place = 0; place < words.length; place += 1) {
      if (words[place] !== others[place]) return false;
    }
    return true;
  }

  #eachWord(y: number, x0: number, x1: number, use: (place: number, bits: number) => void): void {
    if (y < 0 || y >= this.height) return;
    const [from, to] = [Math.max(0, x0), Math.min(this.width, x1)];
    const row = y * this.stride;
    for (let x = from; x < to;) {
      const end = Math.min(to, (x | 31) + 1);
      use(row + (x >> 5), bitsBetween(x & 31, ((end - 1) & 31) + 1));
      x = end;
    }
  }
}
