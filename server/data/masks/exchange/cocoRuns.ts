/**
 * COCO's run lengths: column after column as one line of pixels, runs of 0 and 1 by turns, 0 first. As text,
 * each length is the difference to the one two before (from the fourth on), five bits a character, lowest
 * first, a sixth bit for "more follows"; characters begin at 48.
 */
import { UserError } from '../../../../protocol/errors.ts';
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import { eachColumnRun, setColumnRun } from '../columnRuns.ts';
import type { EachSpan } from '../columnRuns.ts';

/** The counts of spans that come row by row, from the top. */
export function countsOf(eachSpan: EachSpan, { width, height }: Size): number[] {
  const counts: number[] = [];
  let written = 0;
  eachColumnRun(eachSpan, height, (start, length) => {
    counts.push(start - written, length);
    written = start + length;
  });
  if (written < width * height) counts.push(width * height - written);
  return counts;
}

/** The text of counts. */
export function textOfCounts(counts: readonly number[]): string {
  const characters: string[] = [];
  counts.forEach((count, i) => {
    let rest = i > 2 ? count - (counts[i - 2] ?? 0) : count;
    for (let more = true; more;) {
      const five = rest & 31;
      rest >>= 5;
      // The fifth bit is the sign of what ends here.
      more = (five & 16) !== 0 ? rest !== -1 : rest !== 0;
      characters.push(String.fromCharCode(48 + (more ? five | 32 : five)));
    }
  });
  return characters.join('');
}

/** More characters of one number are no length of any mask. */
const mostCharacters = 7;

/** The counts of a text. Throws a UserError that goes on after "the run lengths". */
export function countsOfText(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let [value, place, more] = [0, 0, true];
    while (more) {
      const code = text.charCodeAt(at) - 48;
      if (Number.isNaN(code)) throw new UserError('end within a number');
      if (code < 0 || code > 63 || place >= mostCharacters) {
        throw new UserError(`have a character that is none of theirs at ${at + 1}`);
      }
      value += (code & 31) * 32 ** place;
      [at, place, more] = [at + 1, place + 1, (code & 32) !== 0];
      if (!more && (code & 16) !== 0) value -= 32 ** place;
    }
    counts.push(counts.length > 2 ? value + (counts[counts.length - 2] ?? 0) : value);
  }
  return counts;
}

/** Sets the pixels of counts, and gives whether there is one. Throws a UserError that goes on after "the run lengths". */
export function drawCounts(counts: readonly number[], bits: MaskBits): boolean {
  const { width, height } = bits;
  let sum = 0;
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < 0) throw new UserError(`hold ${count}, no length`);
    sum += count;
    if (sum > width * height) throw new UserError(`are longer than ${width}x${height} pixels`);
  }
  if (sum < width * height) throw new UserError(`are shorter than ${width}x${height} pixels`);
  let place = 0;
  counts.forEach((count, i) => {
    if (i % 2 === 1) setColumnRun(bits, place, count);
    place += count;
  });
  return counts.some((count, i) => i % 2 === 1 && count > 0);
}
