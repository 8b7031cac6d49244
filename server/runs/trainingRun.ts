/** A training run in its folder: the same for a new run and a resumed one. */
import { CancelledError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import { nothingLearned } from '../../protocol/learning.ts';
import type { EvaluationResult, RunEventBody } from '../../protocol/run.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { EpochSampler } from '../data/sampler.ts';
import { UnusablePrediction } from '../engines/checkedPrediction.ts';
import type { Engine, Weights } from '../engines/engine.ts';
import { imageMetrics } from '../metrics/index.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint, RunState } from './checkpoint.ts';
import { gibibyte } from './defaults.ts';
import { evaluateSamples } from './evaluation.ts';
import type { EventLog } from './eventLog.ts';
import { HeatmapWriter } from './heatmaps.ts';
import { evaluationResult, writeMetricsFile } from './metricsFile.ts';
import { pausedWhere, trainingReader } from './pause.ts';
import { prepareSample, trainingSample } from './preparedSample.ts';
import { Progress } from './progress.ts';
import type { RunHooks } from './request.ts';
import type { TrainedRunFile } from './runFile.ts';
import type { RunPaths } from './runFolder.ts';
import { SampleStore } from './sampleStore.ts';
import { score, scorerOf } from './scoring.ts';
import { writeScores } from './scoresFile.ts';
import { isLabelled, reportedSplit, validationSplit } from './splits.ts';
import { assertFewUnread } from './unreadShare.ts';
import { StopRequest } from './stopRequest.ts';
import { counted } from './text.ts';
import { lostNumbers, newRunState, train } from './trainer.ts';

export interface TrainingRun {
  readonly run: TrainedRunFile;
  readonly paths: RunPaths;
  /** With the validation rule applied. */
  readonly samples: readonly Sample[];
  /** The dataset folder as it is now. */
  readonly root: string;
  readonly engine: Engine;
  readonly reader: ImageReader;
  readonly log: EventLog;
  readonly hooks: RunHooks;
}

/** Indices of the training images of a label. */
const indicesOf = (samples: readonly Sample[], label: Sample['label']): number[] =>
  [...samples.keys()].filter((i) => samples[i]?.split === 'train' && samples[i].label === label);

/** Weights that are no numbers would replace good ones, and could even look well on validation. */
function assertFiniteWeights(weights: Weights, state: RunState, learningRate: number): void {
  for (const { data } of weights.values()) {
    if (!data.every(Number.isFinite)) throw lostNumbers(state, learningRate);
  }
}

/** Everything that one process needs while it trains. */
class Training {
  readonly #context: TrainingRun;
  readonly #store: SampleStore;
  readonly #skipped: Set<string>;
  readonly #stop: StopRequest;
  readonly #sampler: EpochSampler;
  #warnings: Promise<void>[] = [];

  constructor(context: TrainingRun, skipped: readonly string[]) {
    const { run, samples, paths, hooks } = context;
    this.#context = context;
    this.#skipped = new Set(skipped);
    this.#stop = new StopRequest(paths, hooks.signal);
    this.#sampler = new EpochSampler({
      positives: indicesOf(samples, 'defective'),
      negatives: indicesOf(samples, 'ok'),
      frequencySampling: run.settings.frequencySampling,
      seed: run.seed,
    });
    this.#store = new SampleStore({
      prepare: (id) => this.#prepare(id),
      memoryBytes: run.cacheBytes,
      unusable: [...samples.keys()].filter((id) => this.#skipped.has(samples[id]?.image ?? '')),
      folder: paths.cache,
      onUnreadable: (id, message) => this.#unreadable(samples[id]?.image ?? '', message),
      onDiskRefused: (message) =>
        this.#warn(`Prepared images are no longer kept on disk: ${message}`),
      fs: paths.files,
    });
  }

  async train(checkpoint: Checkpoint | undefined): Promise<RunState> {
    const { engine, run, log } = this.#context;
    const { settings, network } = run;
    if (checkpoint !== undefined) engine.importState(checkpoint.weights);
    const emit = (event: RunEventBody): Promise<void> => log.write(event);
    const state = checkpoint?.state ?? newRunState(this.#sampler);
    const done = await train(
      {
        ...{ engine, settings, sampler: this.#sampler, emit },
        progress: new Progress(settings.epochs, this.#sampler.epochLength, emit),
        load: async (id) => {
          const sample = await this.#store.get(id);
          return sample && trainingSample(sample, network, settings.classTarget);
        },
        stopAsked: () => this.#stop.asked(),
        checkpoint: (at) => this.#checkpoint(at),
        validate: (at) => this.#validate(at),
        keepBest: (at) => this.#save(this.#context.paths.best, at),
        skipped: () => [...this.#skipped],
      },
      state,
    );
    await Promise.all(this.#warnings);
    return done;
  }

  #prepare(id: number) {
    const { reader, root, samples, run } = this.#context;
    const sample = samples[id] as Sample;
    const segmented = run.supervision.images.includes(sample.image);
    return prepareSample(reader, root, sample, segmented, run.network, run.settings);
  }

  #unreadable(image: string, message: string): void {
    this.#skipped.add(image);
    this.#warn(`${message.replace(/\.$/, '')}; it is left out of training.`, image);
    const { samples, run } = this.#context;
    const split = validationSplit(run.validation);
    const used = samples.filter((s) => isLabelled(s) && (s.split === 'train' || s.split === split));
    assertFewUnread(this.#skipped.size, used.length, 'images to train and validate on', image);
  }

  #warn(message: string, file?: string): void {
    const event = { kind: 'warning', message, ...(file === undefined ? {} : { file }) } as const;
    const writing = this.#context.log.write(event);
    // Awaited when training ends; until then a failure is not unhandled.
    writing.catch(() => undefined);
    this.#warnings.push(writing);
  }

  async #save(path: string, state: RunState): Promise<void> {
    const { engine, run, paths } = this.#context;
    const weights = engine.exportState();
    assertFiniteWeights(weights, state, run.settings.learningRate);
    await writeCheckpoint(path, { weights, network: run.network, state }, paths.files);
  }

  async #checkpoint(state: RunState): Promise<void> {
    const { paths, log } = this.#context;
    await this.#save(paths.checkpoint, state);
    await log.write({ kind: 'checkpoint', epoch: state.epoch, file: 'checkpoint.safetensors' });
  }

  /** What weights are chosen by: AP on the validation split in the epochs that have one, 0 of equal scores. */
  async #validate(state: RunState): Promise<number | null> {
    const { run, samples, log } = this.#context;
    const split = validationSplit(run.validation);
    const finished = state.epoch + 1;
    const due = finished % run.validation.every === 0 || finished === run.settings.epochs;
    if (split === undefined || !due) return null;
    // Validating may take long: whatever happens then, the epoch that was trained is kept.
    await this.#checkpoint({ ...state, skipped: [...this.#skipped] });
    const validated = (sample: Sample): boolean => sample.split === split && isLabelled(sample);
    const indices = [...samples.keys()].filter((i) => validated(samples[i] as Sample));
    const { averagePrecision, auc, curves } = await this.#scoreOrStop(indices, state);
    const nothing = nothingLearned(auc, curves?.thresholds.length ?? 0);
    const meaning = nothing === null ? {} : { nothingLearned: nothing };
    await log.write({ kind: 'validation', epoch: finished, split, averagePrecision, ...meaning });
    // Equal scores have a high average precision; weights that give them are the best where all do.
    return nothing === 'equal' ? 0 : averagePrecision;
  }

  /** Metrics of some samples. */
  async #scoreOrStop(indices: readonly number[], state: RunState) {
    const { samples, engine, run } = this.#context;
    const labels: number[] = [];
    const scores: number[] = [];
    const load = (id: number) => this.#store.get(id);
    const stopAsked = (): Promise<boolean> => this.#stop.asked();
    const nameOf = (id: number): string => (samples[id] as Sample).image;
    const scoring = score(indices, { predict: scorerOf(engine), nameOf, load, stopAsked });
    try {
      for await (const { index, prediction } of scoring) {
        if (prediction === undefined) continue;
        labels.push(samples[index]?.label === 'defective' ? 1 : 0);
        scores.push(prediction.probability);
      }
    } catch (error) {
      if (error instanceof UnusablePrediction) {
        throw lostNumbers(state, run.settings.learningRate, 'score');
      }
      if (!(error instanceof CancelledError)) {
        throw pausedWhere(error, `while validating epoch ${state.epoch + 1}`);
      }
      throw new CancelledError(
        `Stopped while validating epoch ${state.epoch + 1}; \`segdec resume\` goes on from here.`,
      );
    }
    return imageMetrics(labels, scores);
  }
}

/** Scores the dataset with the run's weights and writes the results into its folder. */
async function finish(context: TrainingRun, state: RunState): Promise<EvaluationResult> {
  const { run, paths, samples, engine, reader, root, log, hooks } = context;
  const best = run.weights === 'best' ? await readCheckpoint(paths.best, run.network) : undefined;
  if (best !== undefined) engine.importState(best.weights);
  else if (run.weights === 'best') {
    const message =
      'No validation had both good and defective images, so that no weights count as the best: the last ones are used.';
    await log.write({ kind: 'warning', message });
  }
  await log.write({
    kind: 'state',
    state: 'running',
    message: `Scoring ${counted(samples.length, 'image')}.`,
  });
  const stop = new StopRequest(paths, hooks.signal);
  const { metrics, rows } = await evaluateSamples({
    ...{ predict: scorerOf(engine), reader, root, samples, network: run.network },
    segmented: new Set(run.supervision.images),
    rule: run.validation,
    split: reportedSplit(samples),
    weightsEpoch: best?.state.best?.epoch ?? state.epoch,
    heatmaps: new HeatmapWriter(paths.heatmaps, paths.files),
    stopAsked: () => stop.asked(),
    emit: (event) => log.write(event),
    ...(hooks.onScored === undefined ? {} : { onScored: hooks.onScored }),
  });
  await writeScores(paths.scores, rows, paths.files);
  await writeMetricsFile(paths.metrics, metrics, paths.files);
  return evaluationResult(paths.folder, metrics);
}

/** Trains from the checkpoint (or the start) to the end, scores, and records that the run is finished. */
export async function carryOut(
  context: TrainingRun,
  checkpoint: Checkpoint | undefined,
): Promise<EvaluationResult> {
  const { run, log } = context;
  const { positives, negatives, segmented } = run.supervision;
  const { imageWidth, imageHeight, channels, variant } = run.network;
  await log.write({
    kind: 'state',
    state: 'running',
    message: `${checkpoint === undefined ? 'Training' : 'Continuing'} on ${counted(positives, 'defective image')} (${segmented} with masks) and ${counted(negatives, 'good one')} at ${imageWidth}x${imageHeight}x${channels}, variant ${variant}, epochs: ${run.settings.epochs}.`,
  });
  const { hooks, paths } = context;
  const stop = new StopRequest(paths, hooks.signal);
  const warnings: Promise<void>[] = [];
  const reader = trainingReader(
    context.reader,
    hooks,
    () => stop.asked(),
    (message) => warnings.push(log.write({ kind: 'warning', message })),
  );
  const patient = { ...context, reader };
  const training = new Training(patient, checkpoint?.state.skipped ?? []);
  const state = await training.train(checkpoint);
  let result: EvaluationResult;
  try {
    result = await finish(patient, state);
  } catch (error) {
    throw pausedWhere(error, 'while scoring');
  }
  await Promise.all(warnings);
  await log.write({ kind: 'state', state: 'finished' });
  return result;
}

/** Why a training step of this network does not fit the budget, both in bytes; undefined if it does. */
export function memoryFault(
  estimate: number,
  budget: number,
  network: TrainedRunFile['network'],
): string | undefined {
  if (estimate <= budget) return undefined;
  const gib = (bytes: number): string => (bytes / gibibyte).toFixed(1);
  const shrink = Math.sqrt(budget / estimate) * 0.95;
  const smaller = (side: number): number => Math.floor((side * shrink) / 8) * 8;
  const { imageWidth, imageHeight } = network;
  const [width, height] = [smaller(imageWidth), smaller(imageHeight)];
  const advice =
    Math.floor(width / 64) * Math.floor(height / 64) < 2
      ? 'choose a smaller --width'
      : `choose a smaller --size such as ${width}x${height}`;
  return `Training at ${imageWidth}x${imageHeight} needs about ${gib(estimate)} GiB, more than the budget of ${gib(budget)} GiB: ${advice}, or give --memory ${Math.ceil(estimate / gibibyte)} if this machine has it.`;
}
