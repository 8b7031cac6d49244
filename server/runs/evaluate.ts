/** Evaluating a run again: on its own dataset, or on another folder with the same kind of images. */
import { UserError } from '../../protocol/errors.ts';
import type { Sample, Split } from '../../protocol/dataset.ts';
import type { EvaluationResult, RunEventBody, ShippedThreshold } from '../../protocol/run.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { acquireRunLock } from '../files/lock.ts';
import { evaluateSamples } from './evaluation.ts';
import type { Evaluation } from './evaluation.ts';
import { HeatmapWriter } from './heatmaps.ts';
import { evaluationResult, readMetricsFile, writeMetricsFile } from './metricsFile.ts';
import { shippedThreshold } from './keptThreshold.ts';
import { openModel } from './openModel.ts';
import { realParts } from './parts.ts';
import type { RunParts } from './parts.ts';
import { calmReader } from './pause.ts';
import { isDatasetOf, reopenData } from './reopen.ts';
import type { RunHooks } from './request.ts';
import { readRunFile, readTrainedRunFile } from './runFile.ts';
import type { RunFile, ValidationRule } from './runFile.ts';
import { runPaths } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';
import { writeScores } from './scoresFile.ts';
import { warnOfChanges } from './unchanged.ts';
import { labelledOf, reportedSplit } from './splits.ts';

export interface EvaluateRequest {
  /** The run folder. */
  readonly run: string;
  /** Another dataset folder; default the run's own. */
  readonly data?: string;
  /** Places outside of the run's project that the person has named for it. */
  readonly allowed?: readonly string[];
  /** Default: test, else val, else train. */
  readonly split?: Split;
  /** Sets the shipped threshold by hand; `auto` chooses it again. */
  readonly threshold?: number | 'auto';
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** With `data`: the folder for heat maps, which are otherwise not written then. */
  readonly heatmaps?: string;
}

export interface EvaluatedRun extends Evaluation {
  readonly result: EvaluationResult;
  readonly run: RunFile;
  readonly paths: RunPaths;
  /** The dataset folder that was evaluated, and its samples. */
  readonly root: string;
  readonly samples: readonly Sample[];
  /** Where the heat maps are, if they were written. */
  readonly heatmaps: HeatmapWriter | undefined;
}

const notValidated: ValidationRule = { on: 'none', fraction: null, every: 1 };

async function openData(
  request: EvaluateRequest,
  run: RunFile,
  paths: RunPaths,
  parts: RunParts,
  reader: ImageReader,
  signal: AbortSignal | undefined,
): Promise<{ root: string; samples: readonly Sample[] }> {
  const { data, allowed } = request;
  const options = {
    ...(allowed === undefined ? {} : { allowed }),
    ...(data === undefined ? {} : { data }),
    ...(signal === undefined ? {} : { signal }),
  };
  if (run.kind === 'train') {
    const trained = await readTrainedRunFile(paths.run);
    const { dataset, samples } = await reopenData(trained, paths.folder, parts, reader, options);
    return { root: dataset.root, samples };
  }
  if (data === undefined) {
    throw new UserError(
      `${paths.folder} holds imported weights and has no dataset of its own; name one with --data.`,
    );
  }
  const listed = await parts.openDataset(data, signal === undefined ? {} : { signal });
  const { root, samples } = await parts.resolveLabels(listed, reader, signal);
  return { root, samples };
}

/** The threshold that is kept: the user's, or on other data the run's own. */
async function keptThreshold(
  request: EvaluateRequest,
  run: RunFile,
  paths: RunPaths,
): Promise<ShippedThreshold | undefined> {
  if (request.threshold === 'auto') return undefined;
  if (request.threshold !== undefined) return { value: request.threshold, from: 'user' };
  if (request.data !== undefined) return await shippedThreshold(paths.folder, run);
  const before = (await readMetricsFile(paths.metrics))?.shippedThreshold;
  // A threshold that the user set stays; one chosen from scores is chosen again.
  return before?.from === 'user' ? before : undefined;
}

function splitOf(request: EvaluateRequest, samples: readonly Sample[], root: string): Split {
  const split = request.split ?? reportedSplit(samples);
  if (labelledOf(samples, split).length > 0) return split;
  throw new UserError(
    `There are no labelled images in the ${split} split of ${root}; label some, or name another with --split.`,
  );
}

function modelOptions({ threads, memoryBytes }: EvaluateRequest, { signal }: RunHooks) {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    signal,
  };
}

async function evaluateLocked(
  request: EvaluateRequest,
  run: RunFile,
  paths: RunPaths,
  parts: RunParts,
  hooks: RunHooks,
): Promise<EvaluatedRun> {
  const created = parts.createReader();
  const reader = calmReader(orientedReader(created, run.dataset?.orientation), hooks);
  try {
    const { root, samples } = await openData(request, run, paths, parts, reader, hooks.signal);
    const split = splitOf(request, samples, root);
    const threshold = await keptThreshold(request, run, paths);
    const own = request.data === undefined;
    if (own && run.kind === 'train') {
      await warnOfChanges(paths, root, samples, hooks, (event) => tell(hooks, event));
    }
    const maps = own ? paths.heatmaps : request.heatmaps;
    const heatmaps =
      maps === undefined ? undefined : new HeatmapWriter(maps, own ? paths.files : hooks.fs);
    const model = await openModel(paths.folder, modelOptions(request, hooks));
    try {
      const { metrics, rows } = await evaluateSamples({
        ...{ predict: model.predict, reader, root, samples, split, network: run.network },
        weightsEpoch: model.weightsEpoch ?? 0,
        segmented: new Set(own ? run.supervision?.images : []),
        rule: (own ? run.validation : null) ?? notValidated,
        ...(threshold === undefined ? {} : { threshold }),
        ...(heatmaps === undefined ? {} : { heatmaps }),
        stopAsked: () => Promise.resolve(hooks.signal?.aborted === true),
        emit: (event) => tell(hooks, event),
        ...(hooks.onScored === undefined ? {} : { onScored: hooks.onScored }),
      });
      if (own) {
        await writeScores(paths.scores, rows, paths.files);
        await writeMetricsFile(paths.metrics, metrics, paths.files);
      }
      const result = evaluationResult(paths.folder, metrics);
      return { result, metrics, rows, run, paths, root, samples, heatmaps };
    } finally {
      await model.dispose();
    }
  } finally {
    await reader.dispose();
  }
}

function tell({ onEvent }: RunHooks, event: RunEventBody): Promise<void> {
  onEvent?.({ t: new Date().toISOString(), ...event });
  return Promise.resolve();
}

/**
 * Scores a run's dataset again and writes its results anew; with `data` another folder is scored and the
 * run folder stays as it is. Throws a UserError when the run has no weights, or the split no labels.
 */
export async function evaluateRun(
  request: EvaluateRequest,
  hooks: RunHooks = {},
): Promise<EvaluatedRun> {
  const paths = runPaths(request.run, hooks.fs);
  const run = await readRunFile(paths.run);
  if (request.data !== undefined && (await isDatasetOf(run, paths.folder, request.data))) {
    // The run's own folder by its name: the images that were trained on must not count as test.
    const { data, ...own } = request;
    return await evaluateRun({ ...own, run: paths.folder, allowed: [data] }, hooks);
  }
  const parts = hooks.parts ?? (await realParts());
  if (request.data !== undefined) return await evaluateLocked(request, run, paths, parts, hooks);
  const lock = await acquireRunLock(paths.folder, paths.files);
  try {
    return await evaluateLocked(request, run, paths, parts, hooks);
  } finally {
    await lock.release();
  }
}
