/**
 * What a run's events come to: a row an epoch, the course of the epoch that goes on, and what was said. A
 * resumed run repeats epochs; the later telling counts, and what lay beyond it is gone.
 */
import type { NothingLearned } from '../../protocol/learning.ts';
import type { RunEvent } from '../../protocol/run.ts';

export interface EpochRow {
  readonly epoch: number;
  readonly loss: number;
  readonly segmentation: number;
  readonly classification: number;
  readonly seconds: number;
  /** Undefined where this epoch was not validated; null where the figure is undefined. */
  readonly averagePrecision?: number | null;
  /** Why that means nothing. */
  readonly nothingLearned?: NothingLearned;
}

export interface StepRow {
  readonly done: number;
  readonly segmentation: number;
  readonly classification: number;
}

export interface Said {
  readonly kind: 'warning' | 'error' | 'state';
  readonly time: string;
  readonly text: string;
}

export interface History {
  readonly epochs: readonly EpochRow[];
  /** Of the epoch that goes on, or the last one. */
  readonly steps: readonly StepRow[];
  readonly stepEpoch: number;
  readonly stepTotal: number;
  /** Of all epochs, as the last epoch said. */
  readonly plannedEpochs: number | undefined;
  readonly validatedOn: string | undefined;
  readonly imagesPerSecond: number | undefined;
  readonly etaSeconds: number | undefined;
  /** The newest last; at most `mostSaid`. */
  readonly said: readonly Said[];
  readonly forgotten: number;
}

export const emptyHistory: History = {
  epochs: [],
  steps: [],
  stepEpoch: 0,
  stepTotal: 0,
  plannedEpochs: undefined,
  validatedOn: undefined,
  imagesPerSecond: undefined,
  etaSeconds: undefined,
  said: [],
  forgotten: 0,
};

/** Steps are thinned beyond this; a chart cannot tell more apart. */
const mostSteps = 2000;
export const mostSaid = 100;

/** Rows of a batch are gathered in place: a run of thousands of epochs comes in one. */
interface Draft {
  epochs: EpochRow[];
  steps: StepRow[];
  said: Said[];
}

/** The history with more events. */
export function withEvents(history: History, events: readonly RunEvent[]): History {
  const draft: Draft = {
    epochs: [...history.epochs],
    steps: [...history.steps],
    said: [...history.said],
  };
  let next = history;
  for (const event of events) next = { ...next, ...take(draft, next, event) };
  const forgotten = history.forgotten + Math.max(0, draft.said.length - mostSaid);
  return { ...next, ...draft, said: draft.said.slice(-mostSaid), forgotten };
}

function take(draft: Draft, history: History, event: RunEvent): Partial<History> {
  switch (event.kind) {
    case 'step':
      return takeStep(draft, history, event);
    case 'epoch':
      return takeEpoch(draft, history, event);
    case 'validation': {
      const row = draft.epochs.at(-1);
      if (row?.epoch !== event.epoch) return {};
      const { averagePrecision, nothingLearned } = event;
      const meaning = nothingLearned === undefined ? {} : { nothingLearned };
      draft.epochs[draft.epochs.length - 1] = { ...row, averagePrecision, ...meaning };
      return { validatedOn: event.split };
    }
    case 'state':
      if (event.message !== undefined) say(draft, 'state', event.t, event.message);
      return event.state === 'running' ? {} : { etaSeconds: undefined };
    case 'warning':
    case 'error': {
      const text = event.file === undefined ? event.message : `${event.file}: ${event.message}`;
      say(draft, event.kind, event.t, text);
      return {};
    }
    case 'checkpoint':
      return {};
  }
}

function say(draft: Draft, kind: Said['kind'], time: string, text: string): void {
  draft.said.push({ kind, time, text });
}

function takeEpoch(
  draft: Draft,
  history: History,
  event: Extract<RunEvent, { kind: 'epoch' }>,
): Partial<History> {
  const { epoch, epochs: plannedEpochs, loss, seconds, imagesPerSecond } = event;
  dropFrom(draft, epoch);
  const { segmentationLoss: segmentation, classificationLoss: classification } = event;
  draft.epochs.push({ epoch, loss, segmentation, classification, seconds });
  return { plannedEpochs, imagesPerSecond: imagesPerSecond ?? history.imagesPerSecond };
}

function takeStep(
  draft: Draft,
  history: History,
  event: Extract<RunEvent, { kind: 'step' }>,
): Partial<History> {
  const { epoch, done, total, imagesPerSecond, etaSeconds } = event;
  const again = epoch !== history.stepEpoch || done <= (draft.steps.at(-1)?.done ?? 0);
  if (again)
    draft.steps = draft.steps.filter((row) => epoch === history.stepEpoch && row.done < done);
  dropFrom(draft, epoch);
  const { segmentationLoss: segmentation, classificationLoss: classification } = event;
  draft.steps.push({ done, segmentation, classification });
  if (draft.steps.length > mostSteps) draft.steps = draft.steps.filter((_, i) => i % 2 === 1);
  return { stepEpoch: epoch, stepTotal: total, imagesPerSecond, etaSeconds };
}

/** An epoch begins again: what an earlier attempt said of it and later ones does not hold. */
function dropFrom(draft: Draft, epoch: number): void {
  while ((draft.epochs.at(-1)?.epoch ?? -1) >= epoch) draft.epochs.pop();
}

/** Seconds of training that the epochs took. */
export const secondsOf = ({ epochs }: History): number =>
  epochs.reduce((sum, { seconds }) => sum + seconds, 0);

export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
  readonly nothingLearned: NothingLearned | null;
}

/**
 * The best average precision on the validation images, with its epoch: of equal ones the first. Equal scores,
 * which have a high one, count only where there is nothing else.
 */
export function bestOf({ epochs }: History): BestEpoch | undefined {
  const validated = epochs.flatMap(({ epoch, averagePrecision: value, nothingLearned = null }) =>
    typeof value === 'number' ? [{ epoch, value, nothingLearned }] : [],
  );
  const apart = validated.filter(({ nothingLearned }) => nothingLearned !== 'equal');
  const counted = apart.length > 0 ? apart : validated;
  return counted.reduce<BestEpoch | undefined>(
    (best, one) => (one.value > (best?.value ?? -1) ? one : best),
    undefined,
  );
}
