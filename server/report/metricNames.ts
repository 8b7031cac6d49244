/** Names of the metrics, as people read them. */
import type { Metrics } from '../../protocol/run.ts';

export const metricNames: { readonly [K in keyof Metrics]: string } = {
  averagePrecision: 'average precision (AP)',
  auc: 'area under ROC',
  f1: 'best F1',
  threshold: 'threshold of the best F1',
  accuracy: 'accuracy there',
  meanAccuracy: 'mean accuracy there',
  falsePositives: 'false positives there',
  falseNegatives: 'false negatives there',
  falsePositivesAtZeroFalseNegatives: 'false positives at no false negatives',
  averagePrecisionStep: 'AP as a step-wise sum',
  pixelAveragePrecision: 'pixel AP',
  pixelIou: 'pixel IoU (defective images)',
  pixelDice: 'pixel Dice (defective images)',
  defectRecall: 'share of defects met',
  falseRegionsPerImage: 'false regions an image',
};
