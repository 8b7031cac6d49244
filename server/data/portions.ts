/** Work over very many items that lets others have their turn: a server answers while it reads. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';

/** Items between two pauses: some ten milliseconds. */
const portion = 5000;

/** As `items.map(map)`, with a pause now and then. */
export async function mapInPortions<T, R>(items: readonly T[], map: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += portion) {
    if (start > 0) await yieldToOthers();
    for (const item of items.slice(start, start + portion)) results.push(map(item));
  }
  return results;
}
