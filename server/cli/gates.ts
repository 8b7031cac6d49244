/** Gates for continuous integration: bounds that a result must keep, else exit code 1. */
import { GateError } from '../../protocol/errors.ts';
import type { Metrics } from '../../protocol/run.ts';
import type { TestCase } from '../report/junit.ts';
import { counted } from '../runs/text.ts';
import { figureText } from '../report/text.ts';

export interface Gates {
  readonly minAp?: number;
  readonly minApStep?: number;
  readonly minAuc?: number;
  readonly maxFn?: number;
}

interface Lowest {
  readonly gate: Exclude<keyof Gates, 'maxFn'>;
  readonly metric: 'averagePrecision' | 'averagePrecisionStep' | 'auc';
  readonly name: string;
  readonly flag: string;
}

/** Figures with a bound that they must not fall below, and how both are called. */
const lowest: readonly Lowest[] = [
  { gate: 'minAp', metric: 'averagePrecision', name: 'average precision', flag: '--min-ap' },
  {
    ...{ gate: 'minApStep', metric: 'averagePrecisionStep' },
    ...{ name: 'step-wise average precision', flag: '--min-ap-step' },
  },
  { gate: 'minAuc', metric: 'auc', name: 'area under ROC', flag: '--min-auc' },
];

/** True for a figure that can be held against a bound; NaN and infinities are none. */
const known = (figure: number | null): figure is number =>
  figure !== null && Number.isFinite(figure) && figure >= 0;

/**
 * The gates that are asked for, with why they fail, where they do. A gate on an undefined metric or on a number that is none fails, and so does
 * one on images that were not judged. `falseNegatives`: null where no image is defective.
 */
export function gateCases(
  metrics: Metrics,
  falseNegatives: number | null,
  gates: Gates,
  unjudged: number,
): TestCase[] {
  const cases: TestCase[] = [];
  const judge = (name: string, isKept: boolean, failure: string): void => {
    cases.push(isKept ? { name } : { name, failure });
  };
  for (const { gate, metric, name, flag } of lowest) {
    const [bound, figure] = [gates[gate], metrics[metric]];
    if (bound === undefined) continue;
    const failure = `${name} is ${figureText(figure)}, below ${flag} ${bound}`;
    judge(`${flag} ${bound}`, known(figure) && figure >= bound, failure);
  }
  if (gates.maxFn !== undefined) {
    const name = `--max-fn ${gates.maxFn}`;
    const how =
      falseNegatives === null
        ? 'undefined, since no defective image was scored; they need to be at most'
        : `${falseNegatives}, above`;
    const isKept = known(falseNegatives) && falseNegatives <= gates.maxFn;
    judge(name, isKept, `false negatives are ${how} ${name}`);
  }
  if (cases.length === 0) return [];
  const failure = `${counted(unjudged, 'image')} of the split could not be read`;
  judge('every image is judged', unjudged === 0, failure);
  return cases;
}

/** Each gate that fails as a sentence. */
export const failuresOf = (cases: readonly TestCase[]): string[] =>
  cases.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));

/** Throws a GateError naming each failed gate. */
export function assertGates(failed: readonly string[]): void {
  if (failed.length > 0) throw new GateError(`Gate failed: ${failed.join('; ')}.`);
}
