/**
 * Probabilities in bins that are fine at both ends. A trained map sits close to 0 and 1, where equal
 * steps would throw most pixels into one bin; so a bin is the leading bits of the float32: of p below
 * one half, of 1 − p (exact there) above, which keeps a relative step of 2^-9 at either end.
 */
import { isShare } from '../../protocol/numbers.ts';

const SHIFT = 14;
/** The bin of 0.5, where the two halves meet. */
const MIDDLE = 0x3f000000 >>> SHIFT;

/** Bins are 0..binCount − 1, in the order of the probabilities in them. */
export const binCount = 2 * MIDDLE + 1;

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

/** The bins of probabilities 0..1. Throws a RangeError for one that is none. */
export function binsOf(probabilities: Float32Array): Uint32Array {
  const bins = new Uint32Array(probabilities.length);
  for (let i = 0; i < bins.length; i += 1) {
    const p = probabilities[i] ?? 0;
    if (!isShare(p)) throw new RangeError(`the probability ${p} is not a number from 0 to 1`);
    value[0] = p < 0.5 ? p : 1 - p;
    const lead = (word[0] ?? 0) >>> SHIFT;
    bins[i] = p < 0.5 ? lead : 2 * MIDDLE - lead;
  }
  return bins;
}

/** The lowest probability of a bin: p ≥ this exactly when p's bin is this one or a higher one. */
export function lowerEdge(bin: number): number {
  if (bin < MIDDLE) {
    word[0] = bin << SHIFT;
    return value[0] ?? 0;
  }
  word[0] = ((2 * MIDDLE - bin + 1) << SHIFT) - 1;
  return Math.max(0.5, 1 - (value[0] ?? 0));
}
