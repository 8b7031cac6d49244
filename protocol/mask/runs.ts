/**
 * The bits of a box as run lengths: row after row as one line of pixels, runs of 0 and 1 by turns, 0
 * first, each length as a variable-length integer (7 bits a byte, lowest first). The last run of 0 is left
 * out. Strokes are a few hundred bytes this way.
 */
import type { MaskBits, PixelBox } from './bits.ts';

export type Runs = Uint8Array<ArrayBuffer>;

/** Appends to bytes that grow. */
class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  write(value: number): void {
    if (this.#length + 5 > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length] = (rest & 127) | 128;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  finish(): Runs {
    return this.#bytes.slice(0, this.#length);
  }
}

/** The first pixel from x on, below `end`, that differs from `value`; `end` without one. */
function endOfRun(bits: MaskBits, y: number, x: number, end: number, value: boolean): number {
  const { words } = bits;
  const row = y * bits.stride;
  const alike = value ? 0xffffffff : 0;
  const first = row + (x >> 5);
  const other = (value ? ~(words[first] ?? 0) : (words[first] ?? 0)) >>> (x & 31);
  if (other !== 0) return Math.min(end, x + lowestBit(other));
  let place = first + 1;
  const stop = row + ((end + 31) >> 5);
  while (place < stop && words[place] === alike) place += 1;
  if (place >= stop) return end;
  const word = words[place] ?? 0;
  return Math.min(end, (place - row) * 32 + lowestBit(value ? ~word : word));
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

/** Calls `use` with each run of set pixels x0 up to (without) x1 of the rows of a box, which lies in the image. */
export function eachSpan(
  bits: MaskBits,
  box: PixelBox,
  use: (y: number, x0: number, x1: number) => void,
): void {
  const end = box.x + box.width;
  for (let y = box.y; y < box.y + box.height; y += 1) {
    for (let x = endOfRun(bits, y, box.x, end, false); x < end;) {
      const stop = endOfRun(bits, y, x, end, true);
      use(y, x, stop);
      x = endOfRun(bits, y, stop, end, false);
    }
  }
}

/** Calls `use` with each run of pixels of a value among pixels x0 up to (without) x1 of a row, which lie in the image. */
export function eachRunOf(
  value: boolean,
  bits: MaskBits,
  [y, x0, x1]: readonly [number, number, number],
  use: (y: number, x0: number, x1: number) => void,
): void {
  for (let x = endOfRun(bits, y, x0, x1, !value); x < x1;) {
    const stop = endOfRun(bits, y, x, x1, value);
    use(y, x, stop);
    x = endOfRun(bits, y, stop, x1, !value);
  }
}

/** Makes runs of the pixels of a box, told as spans from the top, row by row from the left. */
export class RunWriter {
  readonly #box: PixelBox;
  readonly #writer = new Writer();
  #start = 0;
  #end = 0;
  #written = 0;

  constructor(box: PixelBox) {
    this.#box = box;
  }

  readonly span = (y: number, x0: number, x1: number): void => {
    const at = (y - this.#box.y) * this.#box.width + (x0 - this.#box.x);
    // A run of set pixels may go on in the next row.
    if (at === this.#end && this.#end > this.#start) {
      this.#end += x1 - x0;
      return;
    }
    this.#flush();
    [this.#start, this.#end] = [at, at + x1 - x0];
  };

  finish(): Runs {
    this.#flush();
    return this.#writer.finish();
  }

  #flush(): void {
    if (this.#end === this.#start) return;
    this.#writer.write(this.#start - this.#written);
    this.#writer.write(this.#end - this.#start);
    this.#written = this.#end;
  }
}

/** The bits in a box, which lies in the image. */
export function encodeRuns(bits: MaskBits, box: PixelBox): Runs {
  const writer = new RunWriter(box);
  eachSpan(bits, box, writer.span);
  return writer.finish();
}

/** Calls `use` with each run of set pixels of a row. Throws a RangeError for runs that do not fit the box. */
export function eachRun(
  runs: Runs,
  box: PixelBox,
  use: (y: number, x0: number, x1: number) => void,
): void {
  const size = box.width * box.height;
  let [at, value, shift, isSet] = [0, 0, 0, false];
  for (const byte of runs) {
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (value > size) throw new RangeError('runs are longer than their box');
    if (byte > 127) continue;
    if (at + value > size) throw new RangeError('runs are longer than their box');
    if (isSet) spansOf(at, at + value, box, use);
    [at, value, shift, isSet] = [at + value, 0, 0, !isSet];
  }
  if (shift !== 0) throw new RangeError('runs end within a number');
}

function spansOf(
  start: number,
  end: number,
  box: PixelBox,
  use: (y: number, x0: number, x1: number) => void,
): void {
  for (let at = start; at < end;) {
    const row = Math.floor(at / box.width);
    const stop = Math.min(end, (row + 1) * box.width);
    use(box.y + row, box.x + at - row * box.width, box.x + stop - row * box.width);
    at = stop;
  }
}
