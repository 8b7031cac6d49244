/** The pace of a training run: throttled step events with images per second and the time left. */
import type { EventStep } from '../../protocol/run.ts';
import type { RunState } from './checkpoint.ts';

/** At most four step events a second. */
const interval = 250;
/** The newest batches, which the pace is of. */
const mostTimed = 256;
/** Of fewer nothing can be said. */
const fewestTimed = 3;
/** One in so many batches, and at least one, is left out as the slowest: a graph's first run, a pause. */
const slowOneIn = 32;

interface Timed {
  readonly samples: number;
  readonly seconds: number;
}

export class Progress {
  readonly #epochs: number;
  readonly #epochLength: number;
  readonly #write: (event: EventStep) => Promise<void>;
  readonly #now: () => number;
  #timed: Timed[] = [];
  /** The engine's first step makes it ready, and takes many times as long as the next. */
  #isWarm = false;
  /** When the batch before was done, or its epoch began. */
  #lastBatch: number;
  #lastEvent = Number.NEGATIVE_INFINITY;
  #epochStarted: number;
  /** Seconds between epochs, for validations and checkpoints, and how many such times there were. */
  #between = { seconds: 0, count: 0 };
  #hasTrained = false;

  /** `now` in milliseconds, monotonic. */
  constructor(
    epochs: number,
    epochLength: number,
    write: (event: EventStep) => Promise<void>,
    now: () => number = () => performance.now(),
  ) {
    this.#epochs = epochs;
    this.#epochLength = epochLength;
    this.#write = write;
    this.#now = now;
    this.#epochStarted = now();
    this.#lastBatch = this.#epochStarted;
  }

  startEpoch(): void {
    const now = this.#now();
    if (this.#hasTrained) {
      const { seconds, count } = this.#between;
      this.#between = { seconds: seconds + (now - this.#lastBatch) / 1000, count: count + 1 };
    }
    this.#epochStarted = now;
    this.#lastBatch = now;
  }

  /** Counts `samples` just trained; `state` is the run's after them. */
  async step(samples: number, state: RunState): Promise<void> {
    const now = this.#now();
    this.#time(samples, (now - this.#lastBatch) / 1000);
    this.#lastBatch = now;
    const last = state.done >= this.#epochLength;
    if (now - this.#lastEvent < interval && !last) return;
    this.#lastEvent = now;
    const { sums } = state;
    await this.#write({
      kind: 'step',
      epoch: state.epoch + 1,
      done: state.done,
      total: this.#epochLength,
      segmentationLoss: sums.segmentation / Math.max(1, sums.count),
      classificationLoss: sums.classification / Math.max(1, sums.count),
      ...this.#paceAndTimeLeft(state),
    });
  }

  /** Seconds of the epoch so far and the pace, as this process saw them; no pace where it timed too little. */
  epochPace(): { seconds: number; imagesPerSecond?: number } {
    const seconds = (this.#now() - this.#epochStarted) / 1000;
    const rate = this.#rate();
    return rate === undefined ? { seconds } : { seconds, imagesPerSecond: rate };
  }

  #time(samples: number, seconds: number): void {
    this.#hasTrained = true;
    if (samples === 0) return;
    if (this.#isWarm) this.#timed = [...this.#timed, { samples, seconds }].slice(-mostTimed);
    this.#isWarm = true;
  }

  /** Images a second; undefined while too few batches were timed. */
  #rate(): number | undefined {
    if (this.#timed.length < fewestTimed) return undefined;
    const each = ({ samples, seconds }: Timed): number => seconds / samples;
    const byPace = [...this.#timed].sort((a, b) => each(a) - each(b));
    const counted = byPace.slice(0, -Math.ceil(byPace.length / slowOneIn));
    const sum = (of: (timed: Timed) => number): number =>
      counted.reduce((all, t) => all + of(t), 0);
    return (
      sum(({ samples }) => samples) /
      Math.max(
        1e-6,
        sum(({ seconds }) => seconds),
      )
    );
  }

  #paceAndTimeLeft({ epoch, done }: RunState): { imagesPerSecond?: number; etaSeconds?: number } {
    const rate = this.#rate();
    if (rate === undefined) return {};
    const images = (this.#epochs - epoch) * this.#epochLength - done;
    const { seconds, count } = this.#between;
    const between = (seconds / Math.max(1, count)) * (this.#epochs - epoch - 1);
    return { imagesPerSecond: rate, etaSeconds: images / rate + between };
  }
}
