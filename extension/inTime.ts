/** Waiting that ends: whoever waits for the server is told when it takes too long. */
import { setTimeout as wait } from 'node:timers/promises';
import { ServerAway } from './server/serverHandle.ts';

/** What `work` gives; throws ServerAway with this sentence when it takes longer than so many milliseconds. */
export async function inTime<T>(work: Promise<T>, most: number, sentence: string): Promise<T> {
  const late = new AbortController();
  const tooLate = wait(most, undefined, { signal: late.signal }).then(
    () => {
      throw new ServerAway(sentence);
    },
    // The other one won, and nobody hears this.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    late.abort();
  }
}
