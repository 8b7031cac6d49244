/** The pace of a training run: throttled step events with images per second and the time left. */
import type { EventStep } from '../../protocol/run.ts';
import type { RunState } from './checkpoint.ts';

/** At most four step events a second. */
const interval = 250;

export class Progress {
  readonly #epochs: number;
  readonly #epochLength: number;
  readonly #write: (event: EventStep) => Promise<void>;
  readonly #now: () => number;
  readonly #started: number;
  #samples = 0;
  #lastEvent = Number.NEGATIVE_INFINITY;
  #epochStarted: number;
  #epochSamples = 0;

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
    this.#started = now();
    this.#epochStarted = this.#started;
  }

  startEpoch(): void {
    this.#epochStarted = this.#now();
    this.#epochSamples = 0;
  }

  /** Counts `samples` just trained; `state` is the run's after them. */
  async step(samples: number, state: RunState): Promise<void> {
    this.#samples += samples;
    this.#epochSamples += samples;
    const now = this.#now();
    const last = state.done >= this.#epochLength;
    if (now - this.#lastEvent < interval && !last) return;
    this.#lastEvent = now;
    const { sums } = state;
    const rate = this.#samples / Math.max(1e-3, (now - this.#started) / 1000);
    const left = (this.#epochs - state.epoch) * this.#epochLength - state.done;
    await this.#write({
      kind: 'step',
      epoch: state.epoch + 1,
      done: state.done,
      total: this.#epochLength,
      segmentationLoss: sums.segmentation / Math.max(1, sums.count),
      classificationLoss: sums.classification / Math.max(1, sums.count),
      imagesPerSecond: rate,
      etaSeconds: rate > 0 ? left / rate : 0,
    });
  }

  /** Seconds and pace of the epoch so far, as this process saw it. */
  epochPace(): { seconds: number; imagesPerSecond: number } {
    const seconds = (this.#now() - this.#epochStarted) / 1000;
    return { seconds, imagesPerSecond: this.#epochSamples / Math.max(1e-3, seconds) };
  }
}
