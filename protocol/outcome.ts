/** What a threshold makes of a score: the one place where the two are compared. */
import { isShare } from './numbers.ts';
import type { Outcome } from './run.ts';

/**
 * True when a score counts as defective: at or above the threshold. Throws a RangeError unless both are 0..1,
 * since a comparison with what is no number would call every image good.
 */
export function isDefective(score: number, threshold: number): boolean {
  if (isShare(score) && isShare(threshold)) return score >= threshold;
  throw new RangeError(`the score ${score} cannot be compared with the threshold ${threshold}`);
}

/** The outcome of an image at a threshold; '' without a label or a score. */
export function outcomeOf(label: string, score: number | null, threshold: number): Outcome {
  if (score === null || (label !== 'ok' && label !== 'defective')) return '';
  const called = isDefective(score, threshold);
  if (label === 'defective') return called ? 'TP' : 'FN';
  return called ? 'FP' : 'TN';
}
