/**
 * Predictions by the active run: one kept process with the model loaded, started when first needed, ended
 * when idle or when the weights are others. A process that hangs or dies costs the request under way.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { CancelledError, UserError } from '../../../protocol/errors.ts';
import { errorOf } from '../../runs/fault.ts';
import { inferenceReplySchema } from '../../runs/inferenceMessages.ts';
import type {
  InferenceOptions,
  InferenceReply,
  InferenceRequest,
  KeptPrediction,
} from '../../runs/inferenceMessages.ts';
import { programEnvironment, programPath } from '../../runs/programs.ts';

/** Milliseconds. */
export interface InferenceLimits {
  /** Until the model is loaded. */
  readonly load: number;
  /** For one image, decoding included. */
  readonly image: number;
  /** Without a request, before the process is ended. */
  readonly idle: number;
}
const usualLimits: InferenceLimits = { load: 60_000, image: 30_000, idle: 60_000 };

/** The process went without a word. */
class EndedError extends UserError {}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly onPrediction: (prediction: KeptPrediction) => void;
}

/** A process with one model. */
class ModelProcess {
  readonly #child: ChildProcess;
  readonly #limits: InferenceLimits;
  readonly #over: () => void;
  #isReady = false;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `over` is called once the process can take no more requests. */
  constructor(options: InferenceOptions, limits: InferenceLimits, over: () => void) {
    this.#limits = limits;
    this.#over = over;
    this.#child = fork(programPath('inferenceProcess'), [JSON.stringify(options)], {
      execArgv: [],
      env: programEnvironment(),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (raw) => {
      const reply = inferenceReplySchema.safeParse(raw);
      if (reply.success) this.#hear(reply.data);
      // A model whose weights are no numbers gives a score that is none.
      else this.#fail(new UserError(`${options.model} gives no usable score; use another run.`));
    });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `code ${code ?? '?'}` : `signal ${signal}`;
      this.#fail(new EndedError(`The process that predicts was ended (${how}); try again.`));
    });
  }

  /** The model is loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  predict(
    files: readonly string[],
    signal: AbortSignal,
    onPrediction: (prediction: KeptPrediction) => void,
  ): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#pending = { resolve, reject, onPrediction };
    });
    if (this.#isReady) this.#expectImage();
    else this.#expect(this.#limits.load, 'Loading the model');
    this.#send({ kind: 'predict', files: [...files] });
    const cancel = (): void => this.#send({ kind: 'cancel' });
    signal.addEventListener('abort', cancel, { once: true });
    return done.finally(() => signal.removeEventListener('abort', cancel));
  }

  kill(): void {
    this.#fail(new CancelledError('Stopped.'));
  }

  #hear(reply: InferenceReply): void {
    if (reply.kind === 'ready') {
      this.#isReady = true;
      if (this.#pending !== undefined) this.#expectImage();
    } else if (reply.kind === 'prediction') {
      this.#expectImage();
      this.#pending?.onPrediction(reply.prediction);
    } else if (reply.kind === 'done') {
      this.#settle()?.resolve();
    } else if (this.#isReady) {
      this.#settle()?.reject(errorOf(reply.fault));
    } else this.#fail(errorOf(reply.fault));
  }

  #settle(): Pending | undefined {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #expectImage(): void {
    this.#expect(this.#limits.image, 'An image');
  }

  #expect(limit: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const seconds = Math.round(limit / 1000);
      this.#fail(
        new UserError(
          `${what} takes longer than ${seconds} s, so predicting was stopped; try again.`,
        ),
      );
    }, limit);
  }

  #send(request: InferenceRequest): void {
    if (this.#child.connected) this.#child.send(request, () => undefined);
  }

  #fail(error: Error): void {
    this.#over();
    this.#child.kill('SIGKILL');
    this.#settle()?.reject(error);
  }
}

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
