/** Gates for continuous integration: bounds that a result must keep, else exit code 1. */
import { counted } from '../../protocol/counted.ts';
import { GateError } from '../../protocol/errors.ts';
import type { Metrics } from '../../protocol/run.ts';
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

/** True where there is one. */
export const isGated = (gates: Gates): boolean =>
  Object.values(gates).some((bound) => bound !== undefined);

/** True for a figure that can be held against a bound; NaN and infinities are none. */
const known = (figure: number | null): figure is number =>
  figure !== null && Number.isFinite(figure) && figure >= 0;

/**
 * Each failed gate as a sentence. A gate on an undefined metric or on a number that is none fails, and so does
 * one on images that were not judged. `falseNegatives`: null where no image is defective.
 */
export function failedGates(
  metrics: Metrics,
  falseNegatives: number | null,
  gates: Gates,
  unjudged: number,
): string[] {
  const failed: string[] = [];
  if (isGated(gates) && unjudged > 0) {
    failed.push(`${counted(unjudged, 'image')} of the split could not be read`);
  }
  for (const { gate, metric, name, flag } of lowest) {
    const [bound, figure] = [gates[gate], metrics[metric]];
    if (bound === undefined || (known(figure) && figure >= bound)) continue;
    failed.push(`${name} is ${figureText(figure)}, below ${flag} ${bound}`);
  }
  if (gates.maxFn !== undefined && !(known(falseNegatives) && falseNegatives <= gates.maxFn)) {
    const how =
      falseNegatives === null
        ? 'undefined, since no defective image was scored; they need to be at most'
        : `${falseNegatives}, above`;
    failed.push(`false negatives are ${how} --max-fn ${gates.maxFn}`);
  }
  return failed;
}

/** Throws a GateError naming each failed gate. */
export function assertGates(failed: readonly string[]): void {
  if (failed.length > 0) throw new GateError(`Gate failed: ${failed.join('; ')}.`);
}
