/** Metrics per image, from probabilities and labels (docs/method.md, "Metrics"). */
import type { Metrics, Outcome } from '../../protocol/run.ts';
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

/**
 * All metrics per image. `labels`: 1 defective, 0 good; `scores`: probabilities 0..1, in the same
 * order. With one class missing all are null, with the reason. A score is positive when ≥ a threshold.
 */
export function imageMetrics(labels: readonly number[], scores: readonly number[]): ImageMetrics {
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
    throw new RangeError('a score is not a number');
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

/** The outcome of an image at a threshold; '' without a label or a score. */
export function outcomeOf(label: string, score: number | null, threshold: number): Outcome {
  if (score === null) return '';
  const called = score >= threshold;
  if (label === 'defective') return called ? 'TP' : 'FN';
  if (label === 'ok') return called ? 'FP' : 'TN';
  return '';
}
