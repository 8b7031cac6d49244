/** Gates for continuous integration: bounds that a result must keep, else exit code 1. */
import { GateError } from '../../protocol/errors.ts';
import type { Metrics } from '../../protocol/run.ts';
import { figureText } from '../report/text.ts';

export interface Gates {
  readonly minAp?: number;
  readonly maxFn?: number;
}

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
  const asked = gates.minAp !== undefined || gates.maxFn !== undefined;
  if (asked && unjudged > 0) {
    failed.push(`${unjudged} images of the split could not be read`);
  }
  const { averagePrecision } = metrics;
  if (gates.minAp !== undefined && !(known(averagePrecision) && averagePrecision >= gates.minAp)) {
    failed.push(
      `average precision is ${figureText(averagePrecision)}, below --min-ap ${gates.minAp}`,
    );
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
