/** A run's events as a progress bar on a terminal, and as plain lines everywhere else. */
import type { EventEpoch, EventStep, EventValidation, RunEvent } from '../../protocol/run.ts';
import { nothingLearnedText } from '../report/figures.ts';
import { figureText } from '../report/text.ts';
import { oneLine } from './output.ts';
import type { Output } from './output.ts';

/** Without a terminal a step is printed at most this often, in milliseconds. */
const plainInterval = 60_000;
const barWidth = 20;

/** Seconds as 0:07, 12:34 or 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function bar(done: number, total: number): string {
  const filled = total > 0 ? Math.round((barWidth * Math.min(done, total)) / total) : 0;
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
}

/** What is known of pace and time left. */
function paceText(imagesPerSecond: number | undefined, left: number | undefined): string {
  const pace = imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toFixed(1)} images/s`];
  return [...pace, ...(left === undefined ? [] : [`ETA ${duration(left)}`])].join('  ');
}

export class RunProgress {
  readonly #output: Output;
  readonly #now: () => number;
  #epochs: number | undefined;
  #lastPlain: number;
  /** Seconds left, as the last step said. */
  #left: number | undefined;

  /** `epochs` if it is known; `now` in milliseconds. */
  constructor(output: Output, epochs?: number, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#epochs = epochs;
    this.#now = now;
    this.#lastPlain = now();
  }

  /** Shows an event. */
  readonly show = (event: RunEvent): void => {
    switch (event.kind) {
      case 'step':
        return this.#step(event);
      case 'epoch':
        return this.#epoch(event);
      case 'validation':
        return this.#validation(event);
      case 'warning':
        return this.#output.warn(event.message);
      case 'error':
        return; // It is also thrown, and the end of the program prints it.
      case 'state':
        if (event.message !== undefined) this.#output.progress(oneLine(event.message));
        return;
      case 'checkpoint':
        return;
    }
  };

  /** Shows how far scoring is. */
  readonly scored = (done: number, total: number): void => {
    this.#output.transient(`Scoring ${bar(done, total)} ${done}/${total}`);
  };

  /** Removes the bar. */
  done(): void {
    this.#output.clearTransient();
  }

  #of(epoch: number): string {
    return this.#epochs === undefined ? `${epoch}` : `${epoch}/${this.#epochs}`;
  }

  #step(event: EventStep): void {
    this.#left = event.etaSeconds;
    const pace = paceText(event.imagesPerSecond, event.etaSeconds);
    const losses = `seg ${figureText(event.segmentationLoss)}  cls ${figureText(event.classificationLoss)}`;
    const head = `Epoch ${this.#of(event.epoch)}`;
    if (this.#output.interactive) {
      const count = `${event.done}/${event.total}`;
      this.#output.transient(
        `${head} ${bar(event.done, event.total)} ${count}  ${losses}  ${pace}`,
      );
      return;
    }
    if (this.#now() - this.#lastPlain < plainInterval) return;
    this.#lastPlain = this.#now();
    this.#output.progress(`${head}, image ${event.done} of ${event.total}  ${losses}  ${pace}`);
  }

  #epoch(event: EventEpoch): void {
    this.#epochs = event.epochs;
    this.#lastPlain = this.#now();
    const pace = paceText(event.imagesPerSecond, this.#left);
    this.#output.progress(
      `Epoch ${this.#of(event.epoch)}  seg ${figureText(event.segmentationLoss)}  cls ${figureText(event.classificationLoss)}  loss ${figureText(event.loss)}  ${duration(event.seconds)}  ${pace}`.trimEnd(),
    );
  }

  #validation({ split, averagePrecision, nothingLearned: nothing }: EventValidation): void {
    const meaning = nothing === undefined ? '' : `. ${nothingLearnedText(nothing)}`;
    this.#output.progress(
      `  validation on ${split}: average precision ${figureText(averagePrecision)}${meaning}`,
    );
  }
}
