/** When a server that crashed is started again by itself, and when it is not any more. */

/** So many crashes in the window are forgiven; the next one is the limit. */
const forgiven = 4;
const windowMilliseconds = 3 * 60 * 1000;

export class Crashes {
  readonly #now: () => number;
  #times: number[] = [];

  /** `now` in milliseconds, monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes a crash; true if the server should be started again by itself. */
  forgive(): boolean {
    const now = this.#now();
    this.#times = [...this.#times.filter((time) => now - time < windowMilliseconds), now];
    return this.#times.length <= forgiven;
  }

  /** A person asked for a start: the count begins anew. */
  forget(): void {
    this.#times = [];
  }
}

/** Keeps the last lines of a stream of text, for when somebody asks why it ended. */
export class LastLines {
  readonly #most: number;
  #lines: string[] = [];
  #open = '';

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    const parts = (this.#open + text).split(/\r?\n/);
    this.#open = parts.pop() ?? '';
    this.#lines = [...this.#lines, ...parts.filter((line) => line.trim() !== '')].slice(
      -this.#most,
    );
  }

  get lines(): readonly string[] {
    return this.#open.trim() === '' ? this.#lines : [...this.#lines, this.#open].slice(-this.#most);
  }
}
