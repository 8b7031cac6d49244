/** Asking a run to stop: a signal for one in this process, a `cancel` file for one anywhere else. */
import { exists } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';

/** The file is looked for at most this often, in milliseconds. */
const interval = 500;

export class StopRequest {
  readonly #paths: RunPaths;
  readonly #signal: AbortSignal | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #found = false;

  constructor(paths: RunPaths, signal: AbortSignal | undefined) {
    this.#paths = paths;
    this.#signal = signal;
  }

  /** True once the run was asked to stop. */
  async asked(): Promise<boolean> {
    if (this.#found || this.#signal?.aborted === true) return true;
    const now = performance.now();
    if (now - this.#looked < interval) return false;
    this.#looked = now;
    this.#found = await exists(this.#paths.cancel);
    return this.#found;
  }
}
