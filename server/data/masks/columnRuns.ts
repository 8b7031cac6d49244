/** Severstal's run lengths as bits: pairs of a 1-based start and a length, column after column. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachSpan } from '../../../protocol/mask/runs.ts';
import { UserError } from '../../../protocol/errors.ts';

/** Calls its argument with runs of set pixels (row, first, end) row by row, from the top. */
export type EachSpan = (use: (y: number, x0: number, x1: number) => void) => void;

/**
 * Calls `use` with the place (from 0) and length of each run along the columns. A run may go on in the next
 * column. The work follows the set pixels, not the size of the mask.
 */
export function eachColumnRun(
  eachSpanOf: EachSpan,
  height: number,
  use: (start: number, length: number) => void,
): void {
  // Of each column the runs of rows so far: begin and end by turns.
  const columns: (number[] | undefined)[] = [];
  eachSpanOf((y, x0, x1) => {
    for (let x = x0; x < x1; x += 1) {
      const column = (columns[x] ??= []);
      if (column.length > 0 && column.at(-1) === y) column[column.length - 1] = y + 1;
      else column.push(y, y + 1);
    }
  });
  let [start, end] = [0, 0];
  columns.forEach((column = [], x) => {
    for (let i = 0; i + 1 < column.length; i += 2) {
      const [from, to] = [x * height + (column[i] ?? 0), x * height + (column[i + 1] ?? 0)];
      if (from !== end || end === start) {
        if (end > start) use(start, end - start);
        start = from;
      }
      end = to;
    }
  });
  if (end > start) use(start, end - start);
}

/** Sets the pixels of a run along the columns, which lies in the mask. */
export function setColumnRun(bits: MaskBits, start: number, length: number): void {
  const { height, stride, words } = bits;
  let [x, y] = [Math.floor(start / height), start % height];
  for (let left = length; left > 0; x += 1, y = 0) {
    const bit = 1 << (x & 31);
    const stop = Math.min(height, y + left);
    left -= stop - y;
    for (let place = y * stride + (x >> 5); y < stop; y += 1, place += stride) {
      words[place] = (words[place] ?? 0) | bit;
    }
  }
}

/** The run lengths of the set pixels; '' without one. A run may go on in the next column. */
export function encodeColumnRuns(bits: MaskBits): string {
  const { width, height } = bits;
  const numbers: number[] = [];
  const whole = { x: 0, y: 0, width, height };
  eachColumnRun(
    (use) => eachSpan(bits, whole, use),
    height,
    (start, length) => numbers.push(start + 1, length),
  );
  return numbers.join(' ');
}

/** NaN for what is no whole number in decimal digits. */
const wholeIn = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

/**
 * The bits of run lengths from elsewhere. Throws a UserError that goes on after "the run lengths" for what is
 * no mask of this size.
 */
export function readColumnRuns(encoded: string, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  const numbers = encoded.trim() === '' ? [] : encoded.trim().split(/\s+/).map(wholeIn);
  if (
    numbers.length % 2 === 1 ||
    !numbers.every((value) => Number.isSafeInteger(value) && value > 0)
  ) {
    throw new UserError('are not pairs of start and length');
  }
  for (let i = 0; i < numbers.length; i += 2) {
    const [first = 1, length = 0] = [numbers[i], numbers[i + 1]];
    const end = first - 1 + length;
    if (end > width * height) throw new UserError(`lead out of ${width}x${height}`);
    setColumnRun(bits, first - 1, length);
  }
  return bits;
}

/** The bits of run lengths that were checked before (runsFault of the layout). */
export function decodeColumnRuns(encoded: string, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  const numbers = encoded === '' ? [] : encoded.split(' ').map(Number);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    setColumnRun(bits, (numbers[i] ?? 1) - 1, numbers[i + 1] ?? 0);
  }
  return bits;
}
