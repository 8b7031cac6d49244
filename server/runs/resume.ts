/** Continuing a run that was stopped or killed, to the same result as if it had not been. */
import { UserError } from '../../protocol/errors.ts';
import type { EvaluationResult, RunEventBody } from '../../protocol/run.ts';
import { orientedReader } from '../data/images/reader.ts';
import { checkpointOf } from './checkpointOf.ts';
import type { EventLog } from './eventLog.ts';
import { evaluationResult, readMetricsFile } from './metricsFile.ts';
import { realParts } from './parts.ts';
import type { RunParts } from './parts.ts';
import { calmReader } from './pause.ts';
import { placeOfRun, reopenData } from './reopen.ts';
import type { RunHooks } from './request.ts';
import { readTrainedRunFile } from './runFile.ts';
import type { TrainedRunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';
import { asOnlyWriter } from './runSession.ts';
import { readStartingWeights } from './startingWeights.ts';
import { assertUnchanged } from './unchanged.ts';
import { carryOut } from './trainingRun.ts';

/** The result of a run that had ended, or undefined for one that goes on. */
async function resultIfFinished(
  run: TrainedRunFile,
  paths: RunPaths,
): Promise<EvaluationResult | undefined> {
  const checkpoint = await checkpointOf(run, paths);
  if (checkpoint === undefined || checkpoint.state.epoch < run.settings.epochs) return undefined;
  const file = await readMetricsFile(paths.metrics);
  const { state } = checkpoint;
  const shipped = run.weights === 'best' ? (state.best?.epoch ?? state.epoch) : state.epoch;
  // Metrics of an evaluation in between are of other weights: the run has still to be scored.
  if (file?.weightsEpoch !== shipped) return undefined;
  return evaluationResult(paths.folder, file);
}

/** What the person says of a run that is resumed. */
export interface ResumeRequest {
  /** Where its dataset is; default: where run.json says. */
  readonly data?: string;
  /** Where the weights are that it started from; default: where run.json says. */
  readonly from?: string;
  /** Places outside of its project that the person has named for it. */
  readonly allowed?: readonly string[];
}

/** The weights that the run began with; a run started from others needs those others unchanged. */
async function firstWeights(
  run: TrainedRunFile,
  folder: string,
  parts: RunParts,
  { from, allowed = [] }: ResumeRequest,
) {
  if (run.from === null) return parts.initialWeights(run.network, run.seed);
  const named = { what: 'weights', name: run.from.path, flag: '--from' };
  const path = from ?? (await placeOfRun(run, folder, named, allowed));
  const { weights, sha256 } = await readStartingWeights(path);
  if (sha256 === run.from.sha256) return weights;
  throw new UserError(
    `${path}, which this run started from, has changed since; start a new run with \`segdec train … --from\`.`,
  );
}

async function goOn(
  run: TrainedRunFile,
  paths: RunPaths,
  parts: RunParts,
  log: EventLog,
  hooks: RunHooks,
  request: ResumeRequest,
): Promise<EvaluationResult> {
  const reader = parts.createReader();
  try {
    const calm = calmReader(reader, hooks);
    const { dataset, samples } = await reopenData(run, paths.folder, parts, calm, {
      ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
      ...(request.data === undefined ? {} : { own: request.data }),
      ...(request.allowed === undefined ? {} : { allowed: request.allowed }),
    });
    const emit = (event: RunEventBody): Promise<void> => log.write(event);
    await assertUnchanged(run, paths, dataset.root, dataset.samples, hooks, emit);
    const checkpoint = await checkpointOf(run, paths);
    const engine = await parts.createEngine({
      engine: run.engine.name,
      device: run.engine.requestedDevice,
      threads: run.engine.threads,
      memoryBytes: run.engine.memoryBytes,
      forms: run.engine.forms,
      network: run.network,
      source: paths.folder,
      weights: checkpoint?.weights ?? (await firstWeights(run, paths.folder, parts, request)),
    });
    try {
      await warnOfOtherVersions(run, engine.description.versions, log);
      const context = { run, paths, samples, root: dataset.root, engine, log, hooks };
      const oriented = orientedReader(reader, run.dataset.orientation);
      return await carryOut({ ...context, reader: oriented }, checkpoint);
    } finally {
      await engine.dispose();
    }
  } finally {
    await reader.dispose();
  }
}

async function warnOfOtherVersions(
  run: TrainedRunFile,
  now: Readonly<Record<string, string>>,
  log: EventLog,
): Promise<void> {
  for (const [name, before] of Object.entries(run.engine.versions)) {
    if (now[name] === before) continue;
    const message = `This run began with ${name} ${before} and goes on with ${now[name] ?? 'none'}: its result may differ in the last digits from an uninterrupted one.`;
    await log.write({ kind: 'warning', message });
  }
}

/**
 * Continues the run in `folder`; one that is finished gives its result again. Throws a UserError when
 * the dataset changed, another process has the folder, or the engine cannot be had in the same forms.
 */
export async function resumeRun(
  folder: string,
  hooks: RunHooks = {},
  request: ResumeRequest = {},
): Promise<EvaluationResult> {
  const paths = runPaths(folder, hooks.fs);
  const run = await readTrainedRunFile(paths.run);
  const result = await resultIfFinished(run, paths);
  if (result !== undefined) return result;
  const parts = hooks.parts ?? (await realParts());
  return await asOnlyWriter(paths, hooks, (log) => goOn(run, paths, parts, log, hooks, request));
}
