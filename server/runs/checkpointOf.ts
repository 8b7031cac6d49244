/** The checkpoint from which a run goes on: its state must be one that this run can have come to. */
import { counted } from '../../protocol/counted.ts';
import { UserError } from '../../protocol/errors.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { Checkpoint, RunState } from './checkpoint.ts';
import type { TrainedRunFile } from './runFile.ts';
import type { RunPaths } from './runFolder.ts';

/** What no such run comes to, or undefined. */
function faultOf(
  { epoch, done, sampler, best }: RunState,
  run: TrainedRunFile,
): string | undefined {
  const { positives, negatives } = run.supervision;
  const { epochs } = run.settings;
  if (epoch > epochs) return `it is of epoch ${epoch}, and the run has ${epochs}`;
  if (done > 2 * positives)
    return `it has seen ${done} of ${counted(2 * positives, 'image')} of an epoch`;
  if (best !== null && best.epoch > epoch) return `its best epoch ${best.epoch} is still to come`;
  if (sampler.random.length === 0) return 'it has no state of the random generator';
  if (sampler.used.length !== negatives) {
    return `it counts ${counted(sampler.used.length, 'good image')}, and the run trains on ${negatives}`;
  }
  const turn = sampler.turn.find((position) => position >= negatives);
  return turn === undefined ? undefined : `it is to draw the good image ${turn} of ${negatives}`;
}

/** Reads a run's checkpoint; undefined when there is none. Throws a UserError for one that cannot be the run's. */
export async function checkpointOf(
  run: TrainedRunFile,
  paths: RunPaths,
): Promise<Checkpoint | undefined> {
  const checkpoint = await readCheckpoint(paths.checkpoint, run.network);
  const fault = checkpoint && faultOf(checkpoint.state, run);
  if (fault === undefined) return checkpoint;
  throw new UserError(
    `${paths.checkpoint} is no checkpoint of this run: ${fault}; put the right file back or start a new run.`,
  );
}
