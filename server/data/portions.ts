/** Work over very many items that lets others have their turn: a server answers while it reads. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';

/** Milliseconds of work between two pauses: an answer takes several turns, each as long as this at most. */
const turn = 6;
/** Items between two looks at the clock. */
const portion = 256;

/** Says when it is time to let others have their turn. */
export class Turns {
  #end = performance.now() + turn;

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets others have theirs, and begins the next. */
  async next(): Promise<void> {
    await yieldToOthers();
    this.#end = performance.now() + turn;
  }
}

/** Calls `use` for each item, with pauses. */
export async function eachInPortions<T>(
  items: Iterable<T>,
  use: (item: T, place: number) => void,
): Promise<void> {
  const turns = new Turns();
  let place = 0;
  for (const item of items) {
    if (place % portion === portion - 1 && turns.isOver) await turns.next();
    use(item, place);
    place += 1;
  }
}

/** As `items.map(map)`, with pauses. */
export async function mapInPortions<T, R>(items: readonly T[], map: (item: T) => R): Promise<R[]> {
  const results: R[] = [];
  await eachInPortions(items, (item) => results.push(map(item)));
  return results;
}
