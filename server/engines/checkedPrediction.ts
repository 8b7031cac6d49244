/**
 * What a session gives is taken for a prediction only when it is one: a score and a map of 0..1, the map of
 * its size. Called wherever outputs come back, of our own graphs and of model files.
 */
import { UserError } from '../../protocol/errors.ts';
import { isShare } from '../../protocol/numbers.ts';
import type { Prediction } from './engine.ts';

/** The network computes something, but no prediction. */
export class UnusablePrediction extends UserError {}

function refuse(source: string, reason: string): never {
  throw new UnusablePrediction(
    `${source} gives ${reason}: its weights are damaged, or they were trained with too high a learning rate; use another run or model.`,
  );
}

/** Values of the outputs as they came; undefined for one that did not. */
export interface Outputs {
  readonly probability: ArrayLike<number> | undefined;
  readonly map: Float32Array | undefined;
}

/**
 * The outputs as a prediction. `mapLength`: pixels of the map at this input size. Throws an UnusablePrediction
 * that begins with `source`, which says whose outputs these are.
 */
export function checkedPrediction(
  { probability, map }: Outputs,
  mapLength: number,
  source: string,
): Prediction {
  const score = probability?.[0];
  if (score === undefined || probability?.length !== 1) {
    return refuse(source, `${probability?.length ?? 0} scores for an image`);
  }
  if (!isShare(score)) return refuse(source, `the score ${score}, which is not from 0 to 1`);
  if (map?.length !== mapLength) {
    return refuse(source, `a map of ${map?.length ?? 0} pixels where ${mapLength} are due`);
  }
  const odd = map.find((value) => !isShare(value));
  if (odd !== undefined) {
    return refuse(source, `a map with the value ${odd}, which is not from 0 to 1`);
  }
  return { probability: score, map };
}
