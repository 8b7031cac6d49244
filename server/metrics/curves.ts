/** Precision, recall and ROC over all distinct thresholds of a set of scores (docs/method.md, "Metrics"). */

/** Counts at one threshold: an image is called positive when its score is ≥ the threshold. */
export interface ThresholdCounts {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** The points of both curves, from the highest threshold to the lowest. */
export interface Curves {
  readonly thresholds: readonly number[];
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly falsePositiveRate: readonly number[];
  readonly truePositiveRate: readonly number[];
}

/** Counts at each distinct score, from the highest to the lowest. */
export function countsByThreshold(
  labels: readonly number[],
  scores: readonly number[],
): ThresholdCounts[] {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const counts: ThresholdCounts[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  order.forEach((image, position) => {
    if (labels[image] === 1) truePositives += 1;
    else falsePositives += 1;
    const threshold = scores[image] ?? 0;
    const next = order[position + 1];
    if (next !== undefined && scores[next] === threshold) return;
    counts.push({ threshold, truePositives, falsePositives });
  });
  return counts;
}

/** Both curves; `positives` and `negatives` must not be 0. */
export function curvesOf(
  counts: readonly ThresholdCounts[],
  positives: number,
  negatives: number,
): Curves {
  const recall = counts.map((c) => c.truePositives / positives);
  return {
    thresholds: counts.map((c) => c.threshold),
    precision: counts.map((c) => c.truePositives / (c.truePositives + c.falsePositives)),
    recall,
    falsePositiveRate: counts.map((c) => c.falsePositives / negatives),
    truePositiveRate: recall,
  };
}

/** Area under points (x, y) in order of x, by the trapezoidal rule, from a first point on. */
export function trapezoidalArea(
  x: readonly number[],
  y: readonly number[],
  first: { readonly x: number; readonly y: number },
): number {
  let area = 0;
  let last = first;
  x.forEach((right, i) => {
    const height = y[i] ?? 0;
    area += ((right - last.x) * (last.y + height)) / 2;
    last = { x: right, y: height };
  });
  return area;
}

/** F as the authors compute it, with their guard against 0/0. */
export function fMeasure(precision: number, recall: number): number {
  return (2 * precision * recall) / (precision + recall + 1e-8);
}

/** Index of the best F; of equal ones the lowest threshold, which comes last. */
export function bestF(precision: readonly number[], recall: readonly number[]): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  precision.forEach((p, i) => {
    const f = fMeasure(p, recall[i] ?? 0);
    if (f >= most) {
      best = i;
      most = f;
    }
  });
  return best;
}

/** Average precision as scikit-learn defines it: the step-wise sum of precision times gained recall. */
export function stepwiseArea(precision: readonly number[], recall: readonly number[]): number {
  return precision.reduce((sum, p, i) => sum + p * ((recall[i] ?? 0) - (recall[i - 1] ?? 0)), 0);
}
