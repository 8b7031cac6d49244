/**
 * Answering requests: every parameter is validated, every error becomes a code and one sentence, and the
 * person's wish to stop becomes an AbortSignal. Handlers are plain functions that know no JSON-RPC.
 */
import { setMaxListeners } from 'node:events';
import { CancellationToken, ResponseError } from 'vscode-languageserver';
import type { Connection, HandlerResult } from 'vscode-languageserver';
import * as z from 'zod/mini';
import { CancelledError, UserError, errorText } from '../../protocol/errors.ts';
import { errorCodes, taskProgress } from '../../protocol/messages.ts';
import type {
  ErrorData,
  ErrorFix,
  Notice,
  Request,
  TaskProgress,
} from '../../protocol/messages.ts';
import { systemSentence } from '../files/readWhole.ts';

/** A UserError with a way out that the editor shows as a button. */
export class FixableError extends UserError {
  readonly fix: ErrorFix;

  constructor(message: string, fix: ErrorFix) {
    super(message);
    this.fix = fix;
  }
}

/** The listing has another version than the page that was asked for. */
export class StaleError extends Error {
  override readonly name = 'StaleError';
}

/** It would run something, and the workspace is not trusted. */
export class UntrustedError extends Error {
  override readonly name = 'UntrustedError';

  constructor(message = 'SegDec trains and predicts only in a trusted workspace; trust it first.') {
    super(message);
  }
}

export interface Call {
  readonly signal: AbortSignal;
  /** Tells the asker how far the request is, at most ten times a second. */
  readonly progress: (progress: TaskProgress) => void;
}
export type Handler<P, R> = (params: P, call: Call) => R | Promise<R>;

const progressInterval = 100;

const withToken = z.object({ token: z.optional(z.string()) });

/** A client's wish to stop. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  // One request may wait for a hundred pictures; Node takes more than ten listeners for a leak, and says so.
  setMaxListeners(0, controller.signal);
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** What a log says of a fault of ours. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

export class Door {
  readonly connection: Connection;
  /** Requests wait for it: what they are about is known then. */
  readonly #opened: Promise<void>;

  constructor(connection: Connection, opened: Promise<void>) {
    this.connection = connection;
    this.#opened = opened;
  }

  /** Answers one kind of request. */
  handle<P, R>({ type, params }: Request<P, R>, handler: Handler<P, R>): void {
    this.connection.onRequest(type, (raw: unknown, token: unknown) => {
      // Parameters by position come one by one; ours are one object.
      if (!CancellationToken.is(token)) {
        return new ResponseError<ErrorData>(
          errorCodes.badInput,
          `${type.method}: one object is expected.`,
        );
      }
      const parsed = params.safeParse(raw);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const place = issue?.path.join('.') ?? '';
        const reason = `${type.method}: ${place === '' ? 'the parameters' : place} ${issue?.message ?? 'cannot be used'}`;
        return new ResponseError<ErrorData>(errorCodes.badInput, reason);
      }
      const signal = signalOf(token);
      const answer = this.#opened.then(() =>
        handler(parsed.data, { signal, progress: this.#progressOf(raw) }),
      );
      // What the library's type says of results that may be null cannot be told of an open R.
      return answer.catch((error: unknown) =>
        this.answerFor(error, signal.aborted, type.method),
      ) as HandlerResult<R, ErrorData>;
    });
  }

  /** Hears one kind of notification; one that is malformed is logged and dropped. */
  hear<P>({ type, params }: Notice<P>, handler: (params: P) => void): void {
    this.connection.onNotification(type, (raw: unknown) => {
      const parsed = params.safeParse(raw);
      if (parsed.success) handler(parsed.data);
      else this.connection.console.warn(`${type.method}: dropped, its parameters cannot be used.`);
    });
  }

  /** How a request that failed is answered; a fault of ours is logged with its stack. */
  answerFor(error: unknown, cancelled: boolean, what: string): ResponseError<ErrorData> {
    const message = errorText(error);
    if (error instanceof FixableError) {
      return new ResponseError(errorCodes.badInput, message, { fix: error.fix });
    }
    if (error instanceof UserError) return new ResponseError(errorCodes.badInput, message);
    if (error instanceof StaleError) return new ResponseError(errorCodes.stale, message);
    if (error instanceof UntrustedError) return new ResponseError(errorCodes.untrusted, message);
    const aborted = error instanceof Error && error.name === 'AbortError';
    if (error instanceof CancelledError || (aborted && cancelled)) {
      return new ResponseError(errorCodes.cancelled, 'Stopped.');
    }
    const sentence = systemSentence(error);
    if (sentence !== undefined) return new ResponseError(errorCodes.badInput, sentence);
    this.connection.console.error(`${what}: ${stackOf(error)}`);
    return new ResponseError(errorCodes.internal, `This is a fault in segdec: ${message}`);
  }

  #progressOf(raw: unknown): (progress: TaskProgress) => void {
    const parsed = withToken.safeParse(raw);
    const token = parsed.success ? parsed.data.token : undefined;
    if (token === undefined) return () => undefined;
    let last = Number.NEGATIVE_INFINITY;
    return (progress) => {
      const now = performance.now();
      if (now - last < progressInterval && progress.done !== progress.total) return;
      last = now;
      void this.connection.sendProgress(taskProgress, token, progress);
    };
  }
}
