/**
 * Whether somebody hears the marks. When the extension host dies, VS Code leaves the page open and silent; who
 * labels an image a second would lose minutes of work before noticing.
 */

/** Milliseconds without an answer after which nobody is there. */
const patience = 2000;

export class Hearing {
  readonly #changed: (isLost: boolean) => void;
  readonly #waiting = new Map<number, ReturnType<typeof setTimeout>>();
  #last = 0;

  constructor(changed: (isLost: boolean) => void) {
    this.#changed = changed;
  }

  /** A number for what is said now. */
  next(): number {
    this.#last += 1;
    this.#waiting.set(
      this.#last,
      setTimeout(() => this.#changed(true), patience),
    );
    return this.#last;
  }

  heard(id: number): void {
    clearTimeout(this.#waiting.get(id));
    this.#waiting.delete(id);
    this.#changed(false);
  }
}
