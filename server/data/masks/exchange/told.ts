/** What an entry says while it is drawn, kept until it is known what becomes of it. */
import type { Teller } from './contract.ts';

export class Told implements Teller {
  readonly #said: ((teller: Teller) => void)[] = [];
  /** Annotations that are left out. */
  count = 0;

  lost(count: number, message: string): void {
    this.count += count;
    this.#said.push((teller) => teller.lost(count, message));
  }

  note(message: string): void {
    this.#said.push((teller) => teller.note(message));
  }

  /** Says it all. */
  tell(teller: Teller): void {
    for (const say of this.#said) say(teller);
  }
}
