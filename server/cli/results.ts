/** Metrics of a run as lines for people. */
import type { EvaluationResult, Metrics } from '../../protocol/run.ts';
import { columns } from './output.ts';
import { figure } from './progress.ts';

const names: { readonly [K in keyof Metrics]: string } = {
  averagePrecision: 'average precision (AP)',
  auc: 'area under ROC',
  f1: 'best F1',
  threshold: 'threshold of best F1',
  accuracy: 'accuracy there',
  meanAccuracy: 'mean accuracy there',
  falsePositives: 'false positives there',
  falseNegatives: 'false negatives there',
  falsePositivesAtZeroFalseNegatives: 'false positives at no false negatives',
  averagePrecisionStep: 'AP as a step-wise sum',
  pixelAveragePrecision: 'pixel AP',
  pixelIou: 'pixel IoU',
  pixelDice: 'pixel Dice',
  defectRecall: 'share of defects met',
  falseRegionsPerImage: 'false regions an image',
};

/** A number in at most four significant digits, or a word where it is undefined. */
export const figureOr = (value: number | null): string =>
  value === null ? 'undefined' : figure(value);

/** The result as lines: where the run is, the split, the shipped threshold and each metric. */
export function resultLines(result: EvaluationResult): string[] {
  const { metrics, shippedThreshold: shipped } = result;
  const rows = Object.entries(names).map(([key, name]) => [
    `  ${name}`,
    figureOr(metrics[key as keyof Metrics]),
  ]);
  return [
    `Run ${result.run}`,
    `Metrics on ${result.split}:`,
    ...columns(rows),
    `Shipped threshold ${figure(shipped.value)} (from ${shipped.from})`,
  ];
}
