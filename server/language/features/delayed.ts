/** Work that is done a moment after the last of several reasons for it, once. */

export class Delayed<Key> {
  readonly #delay: number;
  readonly #work: (key: Key) => void;
  readonly #timers = new Map<Key, NodeJS.Timeout>();

  constructor(delay: number, work: (key: Key) => void) {
    this.#delay = delay;
    this.#work = work;
  }

  /** Asks for the work; a later call puts it off. */
  ask(key: Key): void {
    clearTimeout(this.#timers.get(key));
    const run = (): void => {
      this.#timers.delete(key);
      this.#work(key);
    };
    this.#timers.set(key, setTimeout(run, this.#delay));
  }

  drop(key: Key): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
