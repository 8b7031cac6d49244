/** The runs of a project at a glance, from their folders alone. */
import type { RunItem } from '../../protocol/runView.ts';
import { RunFollower } from './runFollower.ts';
import { listRuns } from './runFolder.ts';

/** What `segdec runs --json` prints of a run. */
export type RunSummary = Pick<
  RunItem,
  | 'run'
  | 'name'
  | 'state'
  | 'created'
  | 'epoch'
  | 'epochs'
  | 'split'
  | 'averagePrecision'
  | 'nothingLearned'
  | 'message'
>;

/** All runs of a project, by its home folder, newest first; a run folder that cannot be read says so. */
export async function runSummaries(home: string): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const run of await listRuns(home)) {
    const follower = new RunFollower(run);
    await follower.refresh();
    const { name, state, created, epoch, epochs, split, ...item } = follower.item(false);
    const { averagePrecision, nothingLearned, message } = item;
    summaries.push({
      ...{ run: follower.folder, name, state, created, epoch, epochs, split },
      ...{ averagePrecision, nothingLearned, message },
    });
  }
  return summaries;
}
