/** Waiting for states, never for a time. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Waiting {
  /** Milliseconds until it is given up. */
  readonly timeout?: number;
  /** Milliseconds between two looks. */
  readonly interval?: number;
}

/** Looks until `look` gives something that is neither undefined nor false, and gives that. `what` names it in the error. */
export async function waitUntil<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeout = 30_000, interval = 100 }: Waiting = {},
): Promise<T> {
  const until = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > until) throw new Error(`${what} did not come within ${timeout} ms`);
    await sleep(interval);
  }
}
