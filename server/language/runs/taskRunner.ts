/**
 * Work that computes, each in a process of its own that ends with this one: what it says becomes progress,
 * its result or its error; a process that dies costs its own request alone.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { CancelledError, UserError } from '../../../protocol/errors.ts';
import { errorOf } from '../../runs/fault.ts';
import { programEnvironment, programPath } from '../../runs/programs.ts';
import { cancelMessage, taskMessageSchema } from '../../runs/tasks.ts';
import type { AttachedTask, TaskResults } from '../../runs/tasks.ts';
import type { Call } from '../door.ts';

/** Processes at a time; more than this only take each other's cores. */
const atOnce = 3;
/** Milliseconds for a clean end after a cancel: longer than a launch needs to end what it started. */
const patience = 10_000;
const mostOfStderr = 4096;

const names: Readonly<Record<AttachedTask['kind'], string>> = {
  launch: 'starts training',
  estimate: 'looks at the dataset',
  evaluate: 'scores the images',
  export: 'exports the model',
  doctor: 'examines this machine',
};

type Result = TaskResults[AttachedTask['kind']];

/** The process's end without a word. */
function broken(kind: AttachedTask['kind'], how: string, stderr: string): Error {
  const said = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  return new UserError(
    `The process that ${names[kind]} was ended before it was done (${how})${said === '' ? '' : `: ${said}`}; try again.`,
  );
}

export class TaskRunner {
  readonly #children = new Set<ChildProcess>();
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** Does a task. Throws what it failed with, a CancelledError when it was stopped. */
  async run<K extends AttachedTask['kind']>(
    task: Extract<AttachedTask, { kind: K }>,
    { signal, progress }: Call,
  ): Promise<TaskResults[K]> {
    await this.#turn(signal);
    try {
      return (await this.#process(task, { signal, progress })) as TaskResults[K];
    } finally {
      this.#running -= 1;
      this.#wakeNext();
    }
  }

  /** Ends all processes. */
  dispose(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#running >= atOnce && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        const leave = (): void => {
          this.#waiting.delete(resolve);
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
      });
    }
    if (signal.aborted) {
      // The turn that may have come meanwhile goes to the next one.
      if (this.#running < atOnce) this.#wakeNext();
      throw new CancelledError('Stopped.');
    }
    this.#running += 1;
  }

  #wakeNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }

  #process(task: AttachedTask, { signal, progress }: Call): Promise<Result> {
    const child = fork(programPath('runProcess'), [JSON.stringify(task)], {
      execArgv: [],
      env: programEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#children.add(child);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-mostOfStderr);
    });
    const cancel = (): void => {
      if (child.connected) child.send(cancelMessage, () => undefined);
      setTimeout(() => child.kill('SIGKILL'), patience).unref();
    };
    signal.addEventListener('abort', cancel, { once: true });
    const settled = new Promise<Result>((resolve, reject) => {
      child.on('message', (raw) => {
        const parsed = taskMessageSchema.safeParse(raw);
        if (!parsed.success) {
          child.kill('SIGKILL');
          reject(new Error(`The process that ${names[task.kind]} said what cannot be understood.`));
          return;
        }
        const message = parsed.data;
        if (message.kind === 'progress') progress(message);
        else if (message.kind === 'fault') reject(errorOf(message.fault));
        // Our own program: the result is of the task's kind.
        else resolve(message.value as Result);
      });
      child.on('error', reject);
      child.on('close', (code, by) => {
        const how = by === null ? `code ${code ?? '?'}` : `signal ${by}`;
        reject(signal.aborted ? new CancelledError('Stopped.') : broken(task.kind, how, stderr));
      });
    });
    return settled.finally(() => {
      signal.removeEventListener('abort', cancel);
      this.#children.delete(child);
    });
  }
}
