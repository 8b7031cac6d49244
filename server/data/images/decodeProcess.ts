/** One decoding process: started when first needed, ended when an image takes too long, started again after. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { ImageError } from './imageError.ts';
import type { DecodeReply, DecodeResults, DecodeTask } from './messages.ts';
import { decodeWorkerPath } from './workerPath.ts';

type AnyResult = DecodeResults[DecodeTask['kind']];

interface Pending {
  readonly id: number;
  readonly file: string;
  readonly resolve: (result: AnyResult) => void;
  readonly reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

/** Milliseconds for a reply that came while this process was busy. */
const grace = 250;

export class DecodeProcess {
  readonly #timeoutMs: number;
  #child: ChildProcess | undefined;
  #pending: Pending | undefined;
  #nextId = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Runs one task; only one may be under way. Throws an ImageError that names the file. */
  async run(task: DecodeTask): Promise<AnyResult> {
    const child = this.#child ?? (await this.#start());
    return await new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      const late = (): void =>
        this.#fail(child, 'decoder', `it takes longer than ${this.#timeoutMs / 1000} s`);
      // A step of the engine blocks this process: the reply may be waiting when the time is over, and
      // is read before the second timer.
      const timer = setTimeout(() => {
        if (this.#pending?.id === id)
          this.#pending.timer = setTimeout(late, Math.min(grace, this.#timeoutMs));
      }, this.#timeoutMs);
      this.#pending = { id, file: task.file, resolve, reject, timer };
      child.send({ id, task }, (error) => {
        if (error !== null) this.#fail(child, 'decoder', `the decoder is gone (${error.message})`);
      });
    });
  }

  /** Ends the process; a task under way fails. */
  stop(): void {
    if (this.#child !== undefined) this.#fail(this.#child, 'unreadable', 'reading was stopped');
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(await decodeWorkerPath(), [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (reply) => this.#settle(reply as DecodeReply));
    child.on('error', (error) => this.#fail(child, 'decoder', error.message));
    child.on('exit', () => this.#fail(child, 'decoder', 'its decoder broke down'));
    // What is under way keeps the program alive by its timer; an idle decoder must not.
    child.unref();
    child.channel?.unref();
    this.#child = child;
    return child;
  }

  #settle(reply: DecodeReply): void {
    const pending = this.#pending;
    if (pending?.id !== reply.id) return;
    this.#pending = undefined;
    clearTimeout(pending.timer);
    if ('result' in reply) pending.resolve(reply.result);
    else pending.reject(unreadable(pending.file, reply.fault, reply.reason));
  }

  #fail(child: ChildProcess, fault: ImageError['fault'], reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    child.kill('SIGKILL');
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    pending.reject(unreadable(pending.file, fault, reason));
  }
}

const unreadable = (file: string, fault: ImageError['fault'], reason: string): ImageError =>
  new ImageError(fault, `${file} cannot be read: ${reason.replace(/\.$/, '')}.`);
