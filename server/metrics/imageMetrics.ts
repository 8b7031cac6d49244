/** Metrics per image, from probabilities and labels (docs/method.md, "Metrics"). */
import { isShare } from '../../protocol/numbers.ts';
import type { Metrics } from '../../protocol/run.ts';
import {
  bestF,
  countsByThreshold,
  curvesOf,
  fMeasure,
  stepwiseArea,
  trapezoidalArea,
} from './curves.ts';
import type { Curves, ThresholdCounts } from './curves.ts';

export type ImageFigures = Pick<
  Metrics,
  | 'averagePrecision'
  | 'auc'
  | 'f1'
  | 'threshold'
  | 'accuracy'
  | 'meanAccuracy'
  | 'falsePositives'
  | 'falseNegatives'
  | 'falsePositivesAtZeroFalseNegatives'
  | 'averagePrecisionStep'
>;
export type ImageMetrics = ImageFigures & {
  /** Why a metric is null, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly curves: Curves | null;
};

const undefinedFigures: ImageFigures = {
  averagePrecision: null,
  auc: null,
  f1: null,
  threshold: null,
  accuracy: null,
  meanAccuracy: null,
  falsePositives: null,
  falseNegatives: null,
  falsePositivesAtZeroFalseNegatives: null,
  averagePrecisionStep: null,
};

function undefinedBecause(reason: string): ImageMetrics {
  const reasons = Object.fromEntries(Object.keys(undefinedFigures).map((name) => [name, reason]));
  return { ...undefinedFigures, reasons, curves: null };
}

/** Figures at the threshold of the best F1. */
function atThreshold(counts: ThresholdCounts, positives: number, negatives: number) {
  const { threshold, truePositives, falsePositives } = counts;
  const trueNegatives = negatives - falsePositives;
  return {
    threshold,
    falsePositives,
    falseNegatives: positives - truePositives,
    accuracy: (truePositives + trueNegatives) / (positives + negatives),
    meanAccuracy: (truePositives / positives + trueNegatives / negatives) / 2,
  };
}

/** What is no number cannot be put in order: figures of it would look like any others. */
function assertUsable(labels: readonly number[], scores: readonly number[]): void {
  if (labels.length !== scores.length) {
    throw new RangeError(`there are ${labels.length} labels and ${scores.length} scores`);
  }
  const odd = scores.find((score) => !isShare(score));
  if (odd !== undefined) throw new RangeError(`the score ${odd} is not a number from 0 to 1`);
  const label = labels.find((one) => one !== 0 && one !== 1);
  if (label !== undefined) throw new RangeError(`the label ${label} is neither 0 nor 1`);
}

/**
 * All metrics per image. `labels`: 1 defective, 0 good; `scores`: probabilities 0..1, in the same
 * order. With one class missing all are null, with the reason. A score is positive when ≥ a threshold.
 * Throws a RangeError for scores and labels that are none.
 */
export function imageMetrics(labels: readonly number[], scores: readonly number[]): ImageMetrics {
  assertUsable(labels, scores);
  const positives = labels.filter((label) => label === 1).length;
  const negatives = labels.length - positives;
  if (labels.length === 0) return undefinedBecause('there are no labelled images');
  if (positives === 0) return undefinedBecause('there are no defective images');
  if (negatives === 0) return undefinedBecause('there are no good images');
  const counts = countsByThreshold(labels, scores);
  const curves = curvesOf(counts, positives, negatives);
  const { precision, recall, falsePositiveRate, truePositiveRate } = curves;
  const best = bestF(precision, recall);
  const bestCounts = counts[best];
  const allFound = counts.find((c) => c.truePositives === positives);
  if (bestCounts === undefined || allFound === undefined) {
    throw new RangeError('no threshold finds every defective image');
  }
  return {
    averagePrecision: trapezoidalArea(recall, precision, { x: 0, y: 1 }),
    averagePrecisionStep: stepwiseArea(precision, recall),
    auc: trapezoidalArea(falsePositiveRate, truePositiveRate, { x: 0, y: 0 }),
    f1: fMeasure(precision[best] ?? 0, recall[best] ?? 0),
    ...atThreshold(bestCounts, positives, negatives),
    falsePositivesAtZeroFalseNegatives: allFound.falsePositives,
    reasons: {},
    curves,
  };
}
