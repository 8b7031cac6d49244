/** Continuing a run that was stopped or killed, to the same result as if it had not been. */
import { UserError } from '../../protocol/errors.ts';
import type { EvaluationResult, RunEventBody } from '../../protocol/run.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { EventLog } from './eventLog.ts';
import { evaluationResult, readMetricsFile } from './metricsFile.ts';
import { realParts } from './parts.ts';
import type { RunParts } from './parts.ts';
import { calmReader } from './pause.ts';
import { reopenData } from './reopen.ts';
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
  const checkpoint = await readCheckpoint(paths.checkpoint, run.network);
  if (checkpoint === undefined || checkpoint.state.epoch < run.settings.epochs) return undefined;
  const file = await readMetricsFile(paths.metrics);
  const { state } = checkpoint;
  const shipped = run.weights === 'best' ? (state.best?.epoch ?? state.epoch) : state.epoch;
  // Metrics of an evaluation in between are of other weights: the run has still to be scored.
  if (file?.weightsEpoch !== shipped) return undefined;
  return evaluationResult(paths.folder, file);
}

/** The weights that the run began with; a run started from others needs those others unchanged. */
async function firstWeights(run: TrainedRunFile, parts: RunParts) {
  if (run.from === null) return parts.initialWeights(run.network, run.seed);
  const { weights, sha256 } = await readStartingWeights(run.from.path);
  if (sha256 === run.from.sha256) return weights;
  throw new UserError(
    `${run.from.path}, which this run started from, has changed since; start a new run with \`segdec train … --from\`.`,
  );
}

async function goOn(
  run: TrainedRunFile,
  paths: RunPaths,
  parts: RunParts,
  log: EventLog,
  hooks: RunHooks,
): Promise<EvaluationResult> {
  const reader = parts.createReader();
  try {
    const signal = hooks.signal === undefined ? {} : { signal: hooks.signal };
    const { dataset, samples } = await reopenData(
      run,
      paths.folder,
      parts,
      calmReader(reader, hooks),
      signal,
    );
    const emit = (event: RunEventBody): Promise<void> => log.write(event);
    await assertUnchanged(run, paths, dataset.root, dataset.samples, hooks, emit);
    const checkpoint = await readCheckpoint(paths.checkpoint, run.network);
    const engine = await parts.createEngine({
      engine: run.engine.name,
      device: run.engine.requestedDevice,
      threads: run.engine.threads,
      memoryBytes: run.engine.memoryBytes,
      forms: run.engine.forms,
      network: run.network,
      weights: checkpoint?.weights ?? (await firstWeights(run, parts)),
    });
    try {
      await warnOfOtherVersions(run, engine.description.versions, log);
      const context = { run, paths, samples, root: dataset.root, engine, reader, log, hooks };
      return await carryOut(context, checkpoint);
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
export async function resumeRun(folder: string, hooks: RunHooks = {}): Promise<EvaluationResult> {
  const paths = runPaths(folder);
  const run = await readTrainedRunFile(paths.run);
  const result = await resultIfFinished(run, paths);
  if (result !== undefined) return result;
  const parts = hooks.parts ?? (await realParts());
  return await asOnlyWriter(paths, hooks, (log) => goOn(run, paths, parts, log, hooks));
}
