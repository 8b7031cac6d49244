/**
 * Whether a process has a run folder, asked twice a second: who has it is found out by the lock file and the
 * system, which outside of Linux starts a program; in between, lock and number of the process are looked at.
 */
import { runLockHolder } from '../files/lock.ts';
import type { LockHolder } from '../files/lock.ts';
import { exists } from './runFolder.ts';

/** Milliseconds between two thorough looks where they are dear. */
const thorough = process.platform === 'linux' ? 0 : 10_000;

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export class HolderWatch {
  readonly #folder: string;
  #holder: LockHolder | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async isHeld(): Promise<boolean> {
    const now = performance.now();
    const known = this.#holder;
    if (known?.state === 'alive' && now - this.#looked < thorough && isThere(known.pid)) {
      if (await exists(known.file)) return true;
    }
    this.#looked = now;
    this.#holder = await runLockHolder(this.#folder);
    return this.#holder !== undefined;
  }
}
