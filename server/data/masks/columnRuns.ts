/** Severstal's run lengths as bits: pairs of a 1-based start and a length, column after column. */
import { MaskBits } from '../../../protocol/mask/bits.ts';

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
