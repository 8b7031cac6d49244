/**
 * What scores say of a model before any average precision does: a model that gives every image the same score
 * gets a high one by the trapezoidal rule, and one that guesses gets the share of defective images.
 */

/** `equal`: all scores are alike; `chance`: their order is a guess; `reversed`: good images have higher ones. */
export const nothingLearnedNames = ['equal', 'chance', 'reversed'] as const;
export type NothingLearned = (typeof nothingLearnedNames)[number];

/** So near to 0.5 the area under ROC is that of guessing. */
const nearChance = 0.1;

/**
 * Why figures of these scores mean nothing; null where they do, or where the area under ROC (`auc`) is
 * undefined. `distinctScores`: how many different ones there are.
 */
export function nothingLearned(auc: number | null, distinctScores: number): NothingLearned | null {
  if (auc === null) return null;
  if (distinctScores === 1) return 'equal';
  if (Math.abs(auc - 0.5) < nearChance) return 'chance';
  return auc < 0.5 ? 'reversed' : null;
}
