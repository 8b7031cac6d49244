/** What a training run would be and how long it would take, before it is begun. */
import type { NetworkSpec } from '../../protocol/run.ts';
import type { TrainEstimate } from '../../protocol/runView.ts';
import { maskUsable } from '../data/segmented.ts';
import { explainRun } from './explain.ts';
import type { RunHooks, TrainRequest } from './request.ts';
import type { ResolvedRun } from './resolve.ts';
import { RunFollower } from './runFollower.ts';
import { listRuns } from './runFolder.ts';
import { labelledOf } from './splits.ts';
import { memoryFault } from './trainingRun.ts';

/** Runs of the project that are asked for their pace, newest first. */
const mostAsked = 20;

/** Measured (npm run bench): a training step of 232x640x3 at width 1 on 2 threads, in seconds. */
const measured = { seconds: 0.65, pixels: 232 * 640, threads: 2 };
/** More threads gain little. */
const mostThreads = 8;
/** A step does some work whatever the network's width. */
const leastShare = 0.03;
/** Shares of a full step: a positive without its mask, and a prediction. */
const weakShare = 0.35;
const scoringShare = 0.3;
/** Starting the process, making the engine, reading the dataset. */
const startSeconds = 3;

function sameNetwork(a: NetworkSpec, b: NetworkSpec): boolean {
  return (
    a.variant === b.variant &&
    a.width === b.width &&
    a.channels === b.channels &&
    a.imageWidth === b.imageWidth &&
    a.imageHeight === b.imageHeight
  );
}

/**
 * Images a second in the newest finished run of this network on as many threads, else in the newest other one;
 * undefined where there is none.
 */
async function paceBefore({ project, network, engine }: ResolvedRun): Promise<number | undefined> {
  let unfinished: number | undefined;
  for (const folder of (await listRuns(project.home)).slice(0, mostAsked)) {
    const run = new RunFollower(folder);
    await run.refresh();
    const { pace } = run;
    if (pace?.threads !== engine.threads) continue;
    if (!sameNetwork(pace.network, network)) continue;
    if (pace.isFinished) return pace.imagesPerSecond;
    unfinished ??= pace.imagesPerSecond;
  }
  return unfinished;
}

/** Seconds of a training step with a mask, from what was measured once. */
export function stepSeconds(
  { width, imageWidth, imageHeight }: NetworkSpec,
  threads: number,
): number {
  const pixels = (imageWidth * imageHeight) / measured.pixels;
  const share = Math.max(width ** 2, leastShare);
  return measured.seconds * pixels * share * (measured.threads / Math.min(threads, mostThreads));
}

async function secondsOf(resolved: ResolvedRun): Promise<number> {
  const { training, segmented, settings, network, engine, samples, validation } = resolved;
  const positives = training.positives.length;
  const weak = positives - segmented.size;
  const full = positives + segmented.size;
  const pace = await paceBefore(resolved);
  const step = pace === undefined ? stepSeconds(network, engine.threads) : 1 / pace;
  // An earlier run's pace is a mean over images with and without masks.
  const epoch = pace === undefined ? full * step + weak * weakShare * step : 2 * positives * step;
  const validated = validation.on === 'test' ? 'test' : 'val';
  const validations = validation.on === 'none' ? 0 : Math.ceil(settings.epochs / validation.every);
  const scored = samples.length + validations * labelledOf(samples, validated).length;
  return startSeconds + settings.epochs * epoch + scored * scoringShare * step;
}

/** Resolves a request as `trainRun` does, and says what it would be. Throws as that does. */
export async function estimateRun(
  request: TrainRequest,
  hooks: Pick<RunHooks, 'signal' | 'parts'> = {},
): Promise<TrainEstimate> {
  const { resolved, values, memoryBytes } = await explainRun(request, hooks);
  const { training, segmented, preset, settings } = resolved;
  return {
    values,
    preset,
    epochs: settings.epochs,
    positives: training.positives.length,
    negatives: training.negatives.length,
    masksUsed: segmented.size,
    masksUsable: training.positives.filter(maskUsable).length,
    memoryBytes,
    refusal: memoryFault(memoryBytes, resolved.engine.memoryBytes, resolved.network) ?? null,
    seconds: await secondsOf(resolved),
  };
}
