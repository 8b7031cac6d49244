/** Jobs of which the newest are wanted first: whoever scrolls past does not wait for what was left behind. */
import { CancelledError } from '../../protocol/errors.ts';

interface Waiter<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Job<T> {
  readonly key: string;
  readonly work: () => Promise<T>;
  readonly waiters: Set<Waiter<T>>;
}

export class NewestFirst<T> {
  readonly #atOnce: number;
  readonly #most: number;
  /** By key; those that wait and those that run. */
  readonly #jobs = new Map<string, Job<T>>();
  /** Jobs that wait, the newest last; those that nobody waits for any more are passed over. */
  #waiting: Job<T>[] = [];
  #running = 0;

  /** `most`: jobs that wait; beyond it the older half is given up. */
  constructor(atOnce: number, most: number) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  /** The result of a job; of one that is there already, the same. Throws a CancelledError when aborted. */
  run(key: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const job = this.#jobs.get(key) ?? this.#add({ key, work, waiters: new Set() });
    const result = new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = { resolve, reject };
      job.waiters.add(waiter);
      const leave = (): void => {
        job.waiters.delete(waiter);
        reject(new CancelledError('Stopped.'));
      };
      if (signal?.aborted === true) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
    this.#pump();
    return result;
  }

  #add(job: Job<T>): Job<T> {
    this.#jobs.set(job.key, job);
    this.#waiting.push(job);
    if (this.#waiting.length > this.#most) {
      for (const old of this.#waiting.splice(0, this.#waiting.length >> 1)) this.#giveUp(old);
    }
    return job;
  }

  #giveUp(job: Job<T>): void {
    this.#jobs.delete(job.key);
    for (const { reject } of job.waiters) reject(new CancelledError('Stopped.'));
  }

  #pump(): void {
    while (this.#running < this.#atOnce) {
      const job = this.#waiting.pop();
      if (job === undefined) return;
      if (job.waiters.size === 0) this.#giveUp(job);
      else void this.#finish(job);
    }
  }

  async #finish(job: Job<T>): Promise<void> {
    this.#running += 1;
    try {
      const result = await job.work();
      for (const { resolve } of job.waiters) resolve(result);
    } catch (error) {
      for (const { reject } of job.waiters) reject(error);
    }
    this.#jobs.delete(job.key);
    this.#running -= 1;
    this.#pump();
  }
}
