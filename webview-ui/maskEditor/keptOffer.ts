/** Strokes that nobody acknowledged before the window was reloaded: offered once, and kept until answered. */
import type { Kept } from './keeping.ts';
import { editsOf, keep } from './keeping.ts';

type Edits = readonly ReturnType<typeof editsOf>[number][];

export interface OfferParts {
  /** Asks whether `count` edits are wanted. */
  ask(count: number, answer: (isWanted: boolean) => void): void;
  repeat(edits: Edits): void;
  changed(): void;
}

export class KeptOffer {
  readonly #document: string;
  readonly #parts: OfferParts;
  /** Not offered yet. */
  #kept: Kept | undefined;
  /** Offered and not answered. */
  #waiting: Edits = [];

  /** `kept` of another document is not offered. */
  constructor(kept: Kept | undefined, document: string, parts: OfferParts) {
    this.#kept = kept?.document === document ? kept : undefined;
    this.#document = document;
    this.#parts = parts;
  }

  /** Where the view was; undefined once offered. */
  get view(): Kept['view'] | undefined {
    return this.#kept?.view;
  }

  /** Offers what there is. */
  make(): void {
    const edits = this.#kept === undefined ? [] : editsOf(this.#kept);
    this.#kept = undefined;
    if (edits.length === 0) return;
    this.#waiting = edits;
    this.#parts.ask(edits.length, (isWanted) => {
      this.#waiting = [];
      if (isWanted) this.#parts.repeat(edits);
      this.#parts.changed();
    });
  }

  /** What to keep now; undefined while the last is not offered yet. */
  kept(pending: Edits, view: Kept['view']): Kept | undefined {
    if (this.#kept !== undefined) return undefined;
    return keep(this.#document, [...this.#waiting, ...pending], view);
  }
}
