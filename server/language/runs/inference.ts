/**
 * Predictions by the active run: one kept process with the model loaded, started when first needed, ended
 * when idle or when the weights are others. A process that hangs or dies costs the request under way.
 */
import { CancelledError } from '../../../protocol/errors.ts';
import type { InferenceOptions, KeptPrediction } from '../../runs/inferenceMessages.ts';
import { EndedError, ModelProcess } from '../../runs/modelProcess.ts';
import type { ModelTimes } from '../../runs/modelProcess.ts';

export interface InferenceLimits extends ModelTimes {
  /** Milliseconds without a request, before the process is ended. */
  readonly idle: number;
}
/** An image's time includes decoding it. */
const usualLimits: InferenceLimits = { load: 60_000, image: 30_000, idle: 60_000 };

export class Inference {
  readonly #limits: InferenceLimits;
  #process: { readonly key: string; readonly running: ModelProcess } | undefined;
  #idle: NodeJS.Timeout | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(limits: InferenceLimits = usualLimits) {
    this.#limits = limits;
  }

  /**
   * Scores the files, one request after the other; each prediction is told as it comes. Throws a
   * CancelledError when aborted, and a UserError when the process hung or died.
   */
  predict(
    options: InferenceOptions,
    files: readonly string[],
    signal: AbortSignal,
    onPrediction: (prediction: KeptPrediction) => void,
  ): Promise<void> {
    const turn = this.#queue.then(async () => {
      if (signal.aborted) throw new CancelledError('Stopped.');
      clearTimeout(this.#idle);
      try {
        await this.#predict(options, files, signal, onPrediction);
      } finally {
        this.#idle = setTimeout(() => this.dispose(), this.#limits.idle).unref();
      }
    });
    // A request that failed has told its own asker.
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #predict(
    options: InferenceOptions,
    files: readonly string[],
    signal: AbortSignal,
    onPrediction: (prediction: KeptPrediction) => void,
  ): Promise<void> {
    const kept = this.#processFor(options);
    let isAlive = !kept.isReady;
    try {
      await kept.predict(files, signal, (prediction) => {
        isAlive = true;
        onPrediction(prediction);
      });
    } catch (error) {
      // It may have died before it was asked, and nobody had heard of that yet.
      if (!(error instanceof EndedError) || isAlive) throw error;
      await this.#processFor(options).predict(files, signal, onPrediction);
    }
  }

  /** Ends the process; a request under way fails. */
  dispose(): void {
    clearTimeout(this.#idle);
    const running = this.#process?.running;
    this.#process = undefined;
    running?.kill();
  }

  #processFor(options: InferenceOptions): ModelProcess {
    const key = JSON.stringify(options);
    if (this.#process?.key === key) return this.#process.running;
    this.#process?.running.kill();
    const running: ModelProcess = new ModelProcess(options, this.#limits, () => {
      if (this.#process?.running === running) this.#process = undefined;
    });
    this.#process = { key, running };
    return running;
  }
}
