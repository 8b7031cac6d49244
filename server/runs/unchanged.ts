/** Whether the dataset of a run is still what it was trained on. */
import { counted } from '../../protocol/counted.ts';
import type { Sample } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import type { RunEventBody } from '../../protocol/run.ts';
import { changedFiles, hashContents, namesInSentence, readContents } from './contents.ts';
import type { HashOptions } from './contents.ts';
import { fingerprint } from './fingerprint.ts';
import type { RunHooks } from './request.ts';
import type { TrainedRunFile } from './runFile.ts';
import type { RunPaths } from './runFolder.ts';

type Emit = (event: RunEventBody) => Promise<void>;

/** Milliseconds between the lines that say how far hashing is. */
const reportInterval = 10_000;

/** How files are hashed for a run. */
export function hashOptions({ signal, patience }: RunHooks, emit: Emit): HashOptions {
  let reported = performance.now();
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(patience === undefined ? {} : { patience }),
    onHashed: async (done, total) => {
      if (performance.now() - reported < reportInterval) return;
      reported = performance.now();
      const message = `Read ${done} of ${counted(total, 'file')} to know them again.`;
      await emit({ kind: 'state', state: 'starting', message });
    },
  };
}

/**
 * Reads all files of the dataset before a run goes on. Throws a UserError that names the files that are others now;
 * a run of an older version knows names, labels and sizes alone, which is a warning.
 */
export async function assertUnchanged(
  run: TrainedRunFile,
  paths: RunPaths,
  root: string,
  samples: readonly Sample[],
  hooks: RunHooks,
  emit: Emit,
): Promise<void> {
  const advice = `so that this run cannot be continued to the same result; put back what it was, or start a new run from its weights with \`segdec train ${root} --from ${paths.folder}\``;
  const before = await readContents(paths.contents);
  if (before !== undefined) {
    // All are read: a copy may keep the time of the file that it replaces.
    const now = await hashContents(root, samples, hashOptions(hooks, emit));
    const changed = changedFiles(before, now);
    if (changed.length > 0) {
      throw new UserError(
        `The dataset ${root} has changed since this run began (${namesInSentence(changed)}), ${advice}.`,
      );
    }
  }
  if ((await fingerprint(root, samples)) !== run.dataset.fingerprint) {
    throw new UserError(
      `The dataset ${root} has changed since this run began (its labels, splits or list of images), ${advice}.`,
    );
  }
  if (before !== undefined) return;
  const message =
    'This run keeps no hashes of its files: names, labels and sizes are as they were, but whether pixels have changed could not be checked.';
  await emit({ kind: 'warning', message });
}

/** Warns of files that are others than those that the run was trained on; those that nobody touched are not read. */
export async function warnOfChanges(
  paths: RunPaths,
  root: string,
  samples: readonly Sample[],
  hooks: RunHooks,
  emit: Emit,
): Promise<void> {
  const before = await readContents(paths.contents);
  if (before === undefined) return;
  const now = await hashContents(root, samples, hashOptions(hooks, emit), before);
  const changed = changedFiles(before, now);
  if (changed.length === 0) return;
  const message = `Files have changed since the run was trained (${namesInSentence(changed)}); the results are of the files as they are now.`;
  await emit({ kind: 'warning', message });
}
