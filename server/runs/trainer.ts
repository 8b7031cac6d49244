/**
 * The training loop. It reads top to bottom: epochs, batches, one engine step each; what a resumed
 * run needs is in `RunState`, and nothing else is.
 */
import { counted } from '../../protocol/counted.ts';
import { AwayError, CancelledError, UserError } from '../../protocol/errors.ts';
import type { RunEventBody, TrainingSettings } from '../../protocol/run.ts';
import type { EpochSampler } from '../data/sampler.ts';
import type { Engine, StepLosses, TrainingSample } from '../engines/engine.ts';
import { factorsAt } from '../method/schedule.ts';
import type { EpochFactors } from '../method/schedule.ts';
import type { RunState } from './checkpoint.ts';
import { pausedWhere } from './pause.ts';
import { breathe, prefetch } from './prefetch.ts';
import type { Progress } from './progress.ts';

export interface TrainerParts {
  readonly engine: Engine;
  readonly settings: TrainingSettings;
  readonly sampler: EpochSampler;
  readonly progress: Progress;
  /** The sample with this identifier, or undefined if its files cannot be used. */
  load(id: number): Promise<TrainingSample | undefined>;
  emit(event: RunEventBody): Promise<void>;
  /** True when the run was asked to stop. */
  stopAsked(): Promise<boolean>;
  /** Saves the weights and the state. */
  checkpoint(state: RunState): Promise<void>;
  /** AP on the validation split if this epoch (from 0) is validated, null where undefined. */
  validate(state: RunState): Promise<number | null>;
  /** Keeps the current weights as the best. */
  keepBest(state: RunState): Promise<void>;
  /** Images that could not be used so far. */
  skipped(): readonly string[];
}

const noSums = { segmentation: 0, classification: 0, loss: 0, count: 0 };

/** The state before the first epoch. */
export function newRunState(sampler: EpochSampler): RunState {
  return { epoch: 0, done: 0, sampler: sampler.state(), sums: noSums, best: null, skipped: [] };
}

/** Trains from `state` to the last epoch. Throws a CancelledError, with a checkpoint, when asked to stop. */
export async function train(parts: TrainerParts, state: RunState): Promise<RunState> {
  const { engine, sampler, settings, progress } = parts;
  while (state.epoch < settings.epochs) {
    const factors = factorsAt(state.epoch, settings);
    sampler.restore(state.sampler);
    const order = sampler.nextEpoch();
    progress.startEpoch();
    try {
      for await (const batch of batches(parts, order.slice(state.done))) {
        if (await parts.stopAsked()) break;
        const losses = batch.samples.length > 0 ? await engine.step(batch.samples, factors) : [];
        state = addLosses(state, batch, losses, factors);
        assertFinite(state, losses, factors);
        await progress.step(batch.samples.length, state);
        await breathe();
      }
    } catch (error) {
      if (!(error instanceof AwayError)) throw error;
      if (!(await parts.stopAsked())) await pause(parts, state, error);
    }
    if (state.done < order.length) return await stop(parts, state);
    state = await finishEpoch(parts, state, factors);
  }
  return state;
}

interface Batch {
  /** Samples taken from the epoch's order, readable or not. */
  readonly taken: number;
  readonly samples: readonly TrainingSample[];
}

/** The rest of an epoch in batches, loaded ahead of the step; unusable samples are left out. */
async function* batches(parts: TrainerParts, order: readonly number[]): AsyncGenerator<Batch> {
  const { batchSize } = parts.settings;
  let samples: TrainingSample[] = [];
  let taken = 0;
  for await (const sample of prefetch(order, (id) => parts.load(id), batchSize + 4)) {
    taken += 1;
    if (sample !== undefined) samples.push(sample);
    if (taken % batchSize !== 0 && taken < order.length) continue;
    yield { taken: taken % batchSize || batchSize, samples };
    samples = [];
  }
}

function addLosses(
  state: RunState,
  batch: Batch,
  losses: readonly StepLosses[],
  factors: EpochFactors,
): RunState {
  const sums = { ...state.sums };
  losses.forEach(({ segmentation, classification }, i) => {
    const counted = batch.samples[i]?.segmented === true ? segmentation : 0; // γ
    sums.segmentation += counted;
    sums.classification += classification;
    sums.loss += factors.segmentation * counted + factors.classification * classification;
    sums.count += 1;
  });
  return { ...state, done: state.done + batch.taken, sums };
}

function assertFinite(state: RunState, losses: readonly StepLosses[], factors: EpochFactors): void {
  const finite = losses.every(
    (loss) => Number.isFinite(loss.segmentation) && Number.isFinite(loss.classification),
  );
  if (finite) return;
  throw lostNumbers(state, factors.learningRate);
}

/** What to say when losses, weights or scores are no longer numbers. */
export function lostNumbers(
  state: RunState,
  learningRate: number,
  what: 'loss' | 'score' = 'loss',
): UserError {
  return new UserError(
    `The ${what} is no longer a number in epoch ${state.epoch + 1} after ${counted(state.done, 'image')}: the learning rate ${learningRate} is too high for these images. Start again with a lower one, such as --learning-rate ${Number((learningRate / 10).toPrecision(2))}.`,
  );
}

async function finishEpoch(
  parts: TrainerParts,
  state: RunState,
  factors: EpochFactors,
): Promise<RunState> {
  const { sums } = state;
  if (sums.count === 0) throw new UserError('None of the training images could be read.');
  await parts.emit({
    kind: 'epoch',
    epoch: state.epoch + 1,
    epochs: parts.settings.epochs,
    segmentationLoss: sums.segmentation / sums.count,
    classificationLoss: sums.classification / sums.count,
    loss: sums.loss / sums.count,
    lambda: factors.segmentation,
    ...parts.progress.epochPace(),
  });
  const averagePrecision = await parts.validate(state);
  const finished: RunState = {
    ...state,
    epoch: state.epoch + 1,
    done: 0,
    sampler: parts.sampler.state(),
    sums: noSums,
    skipped: [...parts.skipped()],
  };
  const next = await withBest(parts, finished, averagePrecision);
  await parts.checkpoint(next);
  return next;
}

/** Keeps the weights when they validate better than any before; of equal ones the earliest. */
async function withBest(
  parts: TrainerParts,
  state: RunState,
  averagePrecision: number | null,
): Promise<RunState> {
  if (averagePrecision === null || averagePrecision <= (state.best?.averagePrecision ?? -1)) {
    return state;
  }
  const next = { ...state, best: { epoch: state.epoch, averagePrecision } };
  await parts.keepBest(next);
  return next;
}

/** Images are out of reach: what was trained is kept, and goes on when they are back. */
async function pause(parts: TrainerParts, state: RunState, error: AwayError): Promise<never> {
  await parts.checkpoint({ ...state, skipped: [...parts.skipped()] });
  throw pausedWhere(error, `in epoch ${state.epoch + 1} after ${counted(state.done, 'image')}`);
}

async function stop(parts: TrainerParts, state: RunState): Promise<never> {
  await parts.checkpoint({ ...state, skipped: [...parts.skipped()] });
  throw new CancelledError(
    `Stopped in epoch ${state.epoch + 1} after ${counted(state.done, 'image')}; \`segdec resume\` goes on from here.`,
  );
}
