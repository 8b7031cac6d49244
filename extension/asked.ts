/** Questions one behind the other, as every dialog of ours has them: who leaves one is asked the one before again. */

/** Asks `first`, then `next` about its answer. Undefined from `next` goes one step back, from `first` it ends. */
export async function asked<A, R>(
  first: () => Promise<A | undefined>,
  next: (answer: A) => Promise<R | undefined>,
): Promise<R | undefined> {
  for (;;) {
    const answer = await first();
    if (answer === undefined) return undefined;
    const result = await next(answer);
    if (result !== undefined) return result;
  }
}
