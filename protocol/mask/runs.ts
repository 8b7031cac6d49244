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

/** The bits in a box, which lies in the image. */
export function encodeRuns(bits: MaskBits, box: PixelBox): Runs {
  const writer = new Writer();
  // A run of set pixels may go on in the next row.
  let [start, end] = [0, 0];
  let written = 0;
  const flush = (): void => {
    if (end === start) return;
    writer.write(start - written);
    writer.write(end - start);
    written = end;
  };
  eachSpan(bits, box, (y, x0, x1) => {
    const at = (y - box.y) * box.width + (x0 - box.x);
    if (at === end && end > start) {
      end += x1 - x0;
      return;
    }
    flush();
    [start, end] = [at, at + x1 - x0];
  });
  flush();
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
