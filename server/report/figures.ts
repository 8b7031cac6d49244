/** The figures of an evaluation in the groups that people read them in, for terminal and page. */
import type { NothingLearned } from '../../protocol/learning.ts';
import type { EvaluationResult, Metrics } from '../../protocol/run.ts';
import { figureText } from './text.ts';

type OfBestF1 =
  'f1' | 'threshold' | 'accuracy' | 'meanAccuracy' | 'falsePositives' | 'falseNegatives';

/** Independent of any threshold on the scores of images. */
const free: Readonly<Record<Exclude<keyof Metrics, OfBestF1>, string>> = {
  averagePrecision: 'average precision (AP)',
  auc: 'area under ROC',
  averagePrecisionStep: 'AP as a step-wise sum',
  falsePositivesAtZeroFalseNegatives: 'false positives at no false negatives',
  pixelAveragePrecision: 'pixel AP',
  pixelIou: 'pixel IoU (defective images)',
  pixelDice: 'pixel Dice (defective images)',
  defectRecall: 'share of defects met',
  falseRegionsPerImage: 'false regions an image',
};
/** At the threshold that suits the evaluated split best. */
const paper: Readonly<Record<OfBestF1, string>> = {
  f1: 'best F1',
  threshold: 'threshold of the best F1',
  accuracy: 'accuracy at the best F1',
  meanAccuracy: 'mean accuracy at the best F1',
  falsePositives: 'false positives at the best F1',
  falseNegatives: 'false negatives at the best F1',
};

export interface Figure {
  readonly name: string;
  readonly value: string;
  /** Of a metric; a reason is known by it where it is undefined. */
  readonly key?: keyof Metrics;
}
export interface FigureGroup {
  readonly title: string;
  readonly figures: readonly Figure[];
}

function ofMetrics(metrics: Metrics, names: Partial<typeof free & typeof paper>): Figure[] {
  return Object.entries(names).map(([name, text]) => {
    const key = name as keyof Metrics;
    return { name: text, value: figureText(metrics[key]), key };
  });
}

/** What is counted, what needs no threshold on scores, and what the paper reports. */
export function figureGroups(result: EvaluationResult): FigureGroup[] {
  const { split, shippedThreshold: shipped, metrics, atShippedThreshold: at } = result;
  const positives = at.truePositives + at.falseNegatives;
  const negatives = at.trueNegatives + at.falsePositives;
  return [
    {
      title: `On ${split}, at the shipped threshold ${figureText(shipped.value)} (from ${shipped.from})`,
      figures: [
        { name: 'missed defects (false negatives)', value: `${at.falseNegatives} of ${positives}` },
        { name: 'false alarms (false positives)', value: `${at.falsePositives} of ${negatives}` },
      ],
    },
    { title: `Metrics on ${split}`, figures: ofMetrics(metrics, free) },
    {
      title: `As the paper reports them, at the best-F1 threshold of ${split} itself`,
      figures: ofMetrics(metrics, paper),
    },
  ];
}

/** The sentence that belongs beside an average precision which means nothing. */
export function nothingLearnedText(why: NothingLearned): string {
  switch (why) {
    case 'equal':
      return 'The model has learned nothing: all scores are equal, whatever the average precision says.';
    case 'chance':
      return 'The model has learned nothing: it ranks images no better than guessing (its area under ROC is near 0.5).';
    case 'reversed':
      return 'The model has learned nothing that holds here: good images score higher than defective ones.';
  }
}
