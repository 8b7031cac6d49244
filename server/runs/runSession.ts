/** The one who writes to a run folder: lock, event log, and how an end is recorded, whatever it is. */
import { CancelledError, UserError, errorText } from '../../protocol/errors.ts';
import { removeFile, removeUnfinishedWrites } from '../files/atomicWrite.ts';
import { assertNoLinks } from '../files/kept.ts';
import { acquireRunLock } from '../files/lock.ts';
import { EventLog } from './eventLog.ts';
import type { RunHooks } from './request.ts';
import { exists, removeCache } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';

/** Records why a run ended; a disk that refuses the record too was named by the first error. */
async function recordEnd(log: EventLog, error: unknown): Promise<void> {
  const message = errorText(error);
  const aborted = error instanceof Error && error.name === 'AbortError';
  const cancelled = aborted || error instanceof CancelledError;
  try {
    if (!cancelled) await log.write({ kind: 'error', message });
    await log.write({ kind: 'state', state: cancelled ? 'cancelled' : 'failed', message });
  } catch (second) {
    if (!(second instanceof UserError)) throw new AggregateError([error, second], message);
  }
}

async function logged<T>(log: EventLog, work: (log: EventLog) => Promise<T>): Promise<T> {
  try {
    return await work(log);
  } catch (error) {
    await recordEnd(log, error);
    throw error;
  } finally {
    await log.close();
  }
}

/**
 * Does `work` as the only writer of a run folder that exists. An earlier request to cancel is
 * forgotten; the cache goes when the work ends. Throws a UserError when another process has the folder.
 */
export async function asOnlyWriter<T>(
  paths: RunPaths,
  { onEvent }: Pick<RunHooks, 'onEvent'>,
  work: (log: EventLog) => Promise<T>,
): Promise<T> {
  const fs = paths.files;
  const lock = await acquireRunLock(paths.folder, fs);
  try {
    await removeFile(paths.cancel, fs);
    await assertNoLinks(paths.folder, paths.heatmaps);
    if (await exists(paths.heatmaps)) {
      await removeUnfinishedWrites(paths.heatmaps, fs, { below: true });
    }
    const log = await EventLog.open(paths.events, onEvent, fs);
    return await logged(log, work);
  } finally {
    try {
      await removeCache(paths);
    } catch (error) {
      // What is left only takes space, and the next process removes it.
      const message = `The cache ${paths.cache} could not be removed: ${errorText(error)}`;
      onEvent?.({ t: new Date().toISOString(), kind: 'warning', message });
    } finally {
      await lock.release();
    }
  }
}
