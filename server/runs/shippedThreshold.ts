/** The threshold that is shipped with a run: used by outcomes, predict, export and gates; never chosen on test. */
import type { Sample, Split } from '../../protocol/dataset.ts';
import type { ShippedThreshold } from '../../protocol/run.ts';
import { imageMetrics } from '../metrics/index.ts';
import { isLabelled } from './splits.ts';
import type { ValidationRule } from './runFile.ts';

/** A labelled image's split and score. */
export interface ScoredSample {
  readonly sample: Pick<Sample, 'label' | 'split'>;
  readonly score: number | null;
}

/** Labels (1 defective, 0 good) and scores of a split's readable labelled images. */
export function labelsAndScores(scored: readonly ScoredSample[], split: Split) {
  const labels: number[] = [];
  const scores: number[] = [];
  for (const { sample, score } of scored) {
    if (sample.split !== split || score === null || !isLabelled(sample)) continue;
    labels.push(sample.label === 'defective' ? 1 : 0);
    scores.push(score);
  }
  return { labels, scores };
}

/**
 * Midway between the score of the best F1 and the next lower score: the same outcomes on this split,
 * with room on both sides for images that were not seen. Undefined where a class is missing.
 */
function thresholdOf(scored: readonly ScoredSample[], split: Split): number | undefined {
  const { labels, scores } = labelsAndScores(scored, split);
  const { threshold } = imageMetrics(labels, scores);
  if (threshold === null) return undefined;
  const below = scores.reduce((most, s) => (s < threshold ? Math.max(most, s) : most), -1);
  return below < 0 ? threshold : (threshold + below) / 2;
}

/** From the validation split where one was held out, else from train; undefined if neither has both classes. */
export function chooseThreshold(
  scored: readonly ScoredSample[],
  rule: ValidationRule,
): ShippedThreshold | undefined {
  if (rule.on === 'split' || rule.on === 'fraction') {
    const value = thresholdOf(scored, 'val');
    if (value !== undefined) return { value, from: 'validation' };
  }
  const value = thresholdOf(scored, 'train');
  return value === undefined ? undefined : { value, from: 'train' };
}
