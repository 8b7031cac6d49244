/**
 * A process with one model, seen from its parent. A model runs in native code, which can crash, take all
 * memory or compute for an hour, and hears no signal: there it costs the request under way and nothing else,
 * and can be ended at any moment.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { CancelledError, UserError } from '../../protocol/errors.ts';
import type { Prediction } from '../engines/engine.ts';
import { errorOf } from './fault.ts';
import { inferenceReplySchema, memoryWord } from './inferenceMessages.ts';
import type {
  InferenceOptions,
  InferenceReply,
  InferenceRequest,
  KeptPrediction,
  ModelFacts,
} from './inferenceMessages.ts';
import type { PreparedImage } from './preparedSample.ts';
import { programEnvironment, programPath } from './programs.ts';

const loading = 'loading';
/** Characters of what a process says that are kept: its last ones. */
const mostSaid = 2000;
/** Milliseconds that a timer can wait for. */
const longestTimer = 2 ** 31 - 1;

export interface ModelTimes {
  /** Milliseconds until the model is loaded. */
  readonly load: number;
  /** Milliseconds for one image. */
  readonly image: number;
}

/** What can be done about a model that took too long or too much. */
export interface ModelAdvice {
  readonly time: string;
  readonly memory: string;
}
const usualAdvice: ModelAdvice = { time: 'try again', memory: 'try again' };

/** The process went without a word. */
export class EndedError extends UserError {}

interface Pending {
  /** What takes its time: loading, or an image. */
  readonly what: string;
  readonly resolve: (reply: InferenceReply) => void;
  readonly reject: (error: Error) => void;
  readonly onPrediction?: (prediction: KeptPrediction) => void;
}

export class ModelProcess {
  readonly #child: ChildProcess;
  readonly #model: string;
  readonly #times: ModelTimes;
  readonly #advice: ModelAdvice;
  readonly #over: () => void;
  readonly #gone: Promise<void>;
  #facts: ModelFacts | undefined;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #said = '';

  /** `over` is called once the process can take no more requests. */
  constructor(
    options: InferenceOptions,
    times: ModelTimes,
    over: () => void = () => undefined,
    advice: ModelAdvice = usualAdvice,
  ) {
    this.#model = options.model;
    this.#times = times;
    this.#advice = advice;
    this.#over = over;
    this.#child = fork(programPath('inferenceProcess'), [JSON.stringify(options)], {
      execArgv: [],
      env: programEnvironment(),
      serialization: 'advanced',
      // Its standard input closes when this process ends, however it ends (processGuard.ts).
      stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-mostSaid);
    });
    this.#child.on('message', (raw) => {
      const reply = inferenceReplySchema.safeParse(raw);
      if (reply.success) this.#hear(reply.data);
      // A model whose weights are no numbers gives a score that is none.
      else this.#fail(new UserError(`${this.#model} gives no usable score; use another model.`));
    });
    this.#child.on('error', (error) => this.#fail(error));
    this.#gone = new Promise((resolve) => {
      this.#child.on('error', () => resolve());
      // After its last words, which tell why it went.
      this.#child.on('close', (code, signal) => {
        this.#fail(this.#endedError(signal ?? `code ${code ?? '?'}`));
        resolve();
      });
    });
  }

  /** The model is loaded. */
  get isReady(): boolean {
    return this.#facts !== undefined;
  }

  /** What the model says about itself, once it is loaded. Throws a UserError when it cannot be. */
  async load(): Promise<ModelFacts> {
    if (this.#facts === undefined) await this.#request(loading, undefined);
    if (this.#facts === undefined) throw new Error('The model is not loaded.');
    return this.#facts;
  }

  /** Scores files, each of which is told as it comes. */
  async predict(
    files: readonly string[],
    signal: AbortSignal,
    onPrediction: (prediction: KeptPrediction) => void,
  ): Promise<void> {
    const cancel = (): void => this.#send({ kind: 'cancel' });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await this.#request('an image', { kind: 'predict', files: [...files] }, onPrediction);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Scores one image, of this name for people. Throws a UserError with what the model did wrong. */
  async score({ pixels, maximum }: PreparedImage, name: string): Promise<Prediction> {
    const reply = await this.#request(name, { kind: 'score', pixels, maximum });
    if (reply.kind !== 'scored') throw new Error(`The process answered with ${reply.kind}.`);
    return { probability: reply.probability, map: reply.map };
  }

  /** Ends the process at once; a request under way fails with a CancelledError. */
  kill(): void {
    this.#fail(new CancelledError('Stopped.'));
  }

  /** As {@link kill}, and waits until nothing is left of it. */
  async dispose(): Promise<void> {
    this.kill();
    await this.#gone;
  }

  /** One request at a time; without one, the reply is that the model is loaded. */
  #request(
    what: string,
    request: InferenceRequest | undefined,
    onPrediction?: (prediction: KeptPrediction) => void,
  ): Promise<InferenceReply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const reply = new Promise<InferenceReply>((resolve, reject) => {
      this.#pending = {
        ...{ what, resolve, reject },
        ...(onPrediction === undefined ? {} : { onPrediction }),
      };
    });
    if (this.isReady) this.#expectImage();
    else this.#expect(this.#times.load, loading);
    if (request !== undefined) this.#send(request);
    return reply;
  }

  #hear(reply: InferenceReply): void {
    if (reply.kind === 'ready') {
      this.#facts = reply.facts;
      if (this.#pending?.what === loading) this.#settle()?.resolve(reply);
      else if (this.#pending !== undefined) this.#expectImage();
    } else if (reply.kind === 'prediction') {
      this.#expectImage();
      this.#pending?.onPrediction?.(reply.prediction);
    } else if (reply.kind === 'fault') {
      if (this.isReady) this.#settle()?.reject(errorOf(reply.fault));
      else this.#fail(errorOf(reply.fault));
    } else this.#settle()?.resolve(reply);
  }

  #settle(): Pending | undefined {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #expectImage(): void {
    this.#expect(this.#times.image, this.#pending?.what ?? '');
  }

  #expect(limit: number, what: string): void {
    clearTimeout(this.#timer);
    if (limit > longestTimer) return;
    this.#timer = setTimeout(() => {
      const seconds = Number((limit / 1000).toFixed(3));
      this.#fail(
        new UserError(
          `${this.#model} took longer than ${seconds} s for ${what}, so it was ended; ${this.#advice.time}.`,
        ),
      );
    }, limit);
  }

  #endedError(how: string): EndedError {
    const what = this.#pending?.what;
    const during = what === undefined ? '' : ` for ${what}`;
    if (this.#said.includes(memoryWord))
      return new EndedError(
        `${this.#model} took more memory than a model may have${during}, so it was ended; ${this.#advice.memory}.`,
      );
    return new EndedError(
      `The process that ran ${this.#model}${during} was ended (${how}); try again, or use another model.`,
    );
  }

  #send(request: InferenceRequest): void {
    if (this.#child.connected) this.#child.send(request, () => undefined);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#over();
    this.#child.kill('SIGKILL');
    this.#settle()?.reject(error);
  }
}
