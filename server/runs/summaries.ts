/** The runs of a project at a glance, from their folders alone. */
import { basename } from 'node:path';
import type { EventState, RunEvent } from '../../protocol/run.ts';
import { UserError } from '../../protocol/errors.ts';
import { runLockHolder } from '../files/lock.ts';
import { readEvents } from './eventLog.ts';
import { readMetricsFile } from './metricsFile.ts';
import { readRunFile } from './runFile.ts';
import { listRuns, runPaths } from './runFolder.ts';

export interface RunSummary {
  readonly run: string;
  readonly name: string;
  /** `stopped`: its process died without a word; `unreadable`: see message. */
  readonly state: EventState['state'] | 'stopped' | 'unreadable';
  readonly created: string | null;
  /** Epochs finished, of how many; null for imported weights. */
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly split: string | null;
  readonly averagePrecision: number | null;
  readonly message: string | null;
}

/** The last event of a kind. */
function last<K extends RunEvent['kind']>(events: readonly RunEvent[], kind: K) {
  return events.findLast((event): event is RunEvent & { kind: K } => event.kind === kind);
}

const over = new Set<EventState['state']>(['finished', 'failed', 'cancelled']);

async function summaryOf(folder: string): Promise<RunSummary> {
  const paths = runPaths(folder);
  const run = await readRunFile(paths.run);
  const { events } = await readEvents(paths.events);
  const metrics = await readMetricsFile(paths.metrics);
  const state = last(events, 'state');
  const holder = await runLockHolder(folder);
  const running = state !== undefined && !over.has(state.state);
  return {
    run: paths.folder,
    name: run.name,
    state: running && holder === undefined ? 'stopped' : (state?.state ?? 'stopped'),
    created: run.created,
    epoch: run.settings === null ? null : (last(events, 'epoch')?.epoch ?? 0),
    epochs: run.settings?.epochs ?? null,
    split: metrics?.split ?? null,
    averagePrecision: metrics?.metrics.averagePrecision ?? null,
    message: state?.message ?? null,
  };
}

/** All runs in a `.segdec/runs` folder, newest first; a run folder that cannot be read says so. */
export async function runSummaries(folder: string): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const run of await listRuns(folder)) {
    try {
      summaries.push(await summaryOf(run));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const unknown = { created: null, epoch: null, epochs: null, split: null };
      summaries.push({
        ...{ run, name: basename(run), state: 'unreadable', averagePrecision: null },
        ...unknown,
        message: error.message,
      });
    }
  }
  return summaries;
}
