/** A bounded queue that loads ahead of its consumer and gives the results in order. */

/**
 * Loads `items` in order, at most `depth` ahead of the consumer; the list itself may be a stream. A
 * failed load throws where its result would have come. When the consumer stops early, loads that are
 * under way are waited for.
 */
export async function* prefetch<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  load: (item: Item) => Promise<Result>,
  depth: number,
): AsyncGenerator<Result, void, undefined> {
  const source = iteratorOf(items);
  const queue: Promise<Result>[] = [];
  const stream = { ended: false };
  const fill = async (): Promise<void> => {
    while (!stream.ended && queue.length < Math.max(1, depth)) {
      const item = await source.next();
      if (item.done === true) {
        stream.ended = true;
        return;
      }
      const loading = load(item.value);
      // Awaited in its turn; until then a failure is not unhandled.
      void loading.catch(() => undefined);
      queue.push(loading);
    }
  };
  try {
    await fill();
    while (queue.length > 0) {
      const head = await (queue[0] as Promise<Result>);
      void queue.shift();
      yield head;
      await fill();
    }
  } finally {
    await Promise.allSettled(queue);
    if (!stream.ended) await source.return?.();
  }
}

function iteratorOf<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Lets everything that waits in the event loop (signals, finished decoding) have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
