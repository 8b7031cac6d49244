/** The annotations of one entry that are left out: each costs itself alone, and is told of with its number and why. */
import { UserError } from '../../../../protocol/errors.ts';
import type { Teller } from './contract.ts';

/** Numbers that a sentence names. */
const mostNumbers = 5;

export class LeftOut {
  readonly #what: string;
  /** The numbers by their reasons. */
  readonly #reasons = new Map<string, string[]>();

  /** `what` is the word for one of them, such as `shape`. */
  constructor(what: string) {
    this.#what = what;
  }

  add(number: number | string, reason: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, [String(number)]);
    else known.push(String(number));
  }

  /** Draws one; what it refuses with a UserError is left out, and must have drawn nothing. */
  async attempt(number: number | string, draw: () => void | Promise<void>): Promise<void> {
    try {
      await draw();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.add(number, error.message);
    }
  }

  tell(teller: Teller): void {
    for (const [reason, numbers] of this.#reasons) {
      const some = numbers.slice(0, mostNumbers).join(', ');
      const which =
        numbers.length === 1
          ? `${this.#what} ${some} is`
          : `${numbers.length} ${this.#what}s (${some}${numbers.length > mostNumbers ? ', …' : ''}) are`;
      teller.lost(numbers.length, `${which} left out: ${reason}`);
    }
  }
}
