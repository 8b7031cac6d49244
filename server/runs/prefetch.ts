/** A bounded queue that loads ahead of its consumer and gives the results in order. */

/**
 * Loads `items` in order, at most `depth` ahead of the consumer. A failed load throws where its
 * result would have come. When the consumer stops early, loads that are under way are waited for.
 */
export async function* prefetch<Item, Result>(
  items: readonly Item[],
  load: (item: Item) => Promise<Result>,
  depth: number,
): AsyncGenerator<Result, void, undefined> {
  const queue: Promise<Result>[] = [];
  let next = 0;
  const fill = (): void => {
    while (next < items.length && queue.length < Math.max(1, depth)) {
      const loading = load(items[next] as Item);
      // Awaited in its turn; until then a failure is not unhandled.
      loading.catch(() => undefined);
      queue.push(loading);
      next += 1;
    }
  };
  try {
    for (fill(); queue.length > 0; fill()) {
      const head = await (queue[0] as Promise<Result>);
      queue.shift();
      yield head;
    }
  } finally {
    await Promise.allSettled(queue);
  }
}

/** Lets everything that waits in the event loop (signals, finished decoding) have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
