/** Severstal's run lengths as bits: pairs of a 1-based start and a length, column after column. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { UserError } from '../../../protocol/errors.ts';

/** The run lengths of the set pixels; '' without one. A run may go on in the next column. */
export function encodeColumnRuns(bits: MaskBits): string {
  const { width, height } = bits;
  const numbers: number[] = [];
  let length = 0;
  const end = (place: number): void => {
    if (length > 0) numbers.push(place - length + 1, length);
    length = 0;
  };
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      if (bits.has(x, y)) length += 1;
      else end(x * height + y);
    }
  }
  end(width * height);
  return numbers.join(' ');
}

/**
 * The bits of run lengths from elsewhere. Throws a UserError that goes on after "the run lengths" for what is
 * no mask of this size.
 */
export function readColumnRuns(encoded: string, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  const numbers = encoded.trim() === '' ? [] : encoded.trim().split(/\s+/).map(Number);
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
    for (let place = first - 1; place < end; place += 1) {
      const x = Math.floor(place / height);
      bits.fill(place % height, x, x + 1, true);
    }
  }
  return bits;
}

/** The bits of run lengths that were checked before (runsFault of the layout). */
export function decodeColumnRuns(encoded: string, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  const numbers = encoded === '' ? [] : encoded.split(' ').map(Number);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const start = (numbers[i] ?? 1) - 1;
    for (let place = start; place < start + (numbers[i + 1] ?? 0); place += 1) {
      const x = Math.floor(place / height);
      bits.fill(place % height, x, x + 1, true);
    }
  }
  return bits;
}
