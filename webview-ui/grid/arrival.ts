/**
 * A newer listing while it comes in: the one before stays on the screen until all that is to be seen of the
 * newer is there, so that nothing flickers and no key meets an empty cell.
 */
import type { ToGrid } from '../../protocol/webview.ts';
import { Pages } from './pages.ts';
import type { Range, Ranges } from './ranges.ts';
import { rangesOf } from './ranges.ts';

export type ListingMessage = Extract<ToGrid, { type: 'listing' }>;

/** The names that the newer listing was asked to place. */
export interface Asked {
  readonly id: number;
  readonly places: readonly string[];
  readonly selected: readonly string[];
}

export class Arrival {
  readonly listing: ListingMessage;
  readonly pages: Pages;
  readonly #placed = new Map<string, number | null>();
  #needed: Range = [0, 0];

  constructor(listing: ListingMessage, { places, selected }: Asked) {
    this.listing = listing;
    this.pages = new Pages(listing.version, listing.total);
    const place = (name: string, position: number | null): void => {
      this.#placed.set(name, position);
      if (position !== null) this.pages.takeNames(position, [name]);
    };
    places.forEach((name, i) => place(name, listing.places[i] ?? null));
    selected.forEach((name, i) => place(name, listing.selected[i] ?? null));
  }

  /** Where an image is in it; undefined when it left, or is not known to be there. */
  positionOf(name: string): number | undefined {
    return this.#placed.get(name) ?? this.pages.positionOf(name);
  }

  /** The first of some images that is still there. */
  firstOf(names: readonly string[]): number | undefined {
    for (const name of names) {
      const position = this.positionOf(name);
      if (position !== undefined) return position;
    }
    return undefined;
  }

  selectedOf(names: readonly string[]): Ranges {
    return rangesOf(names.flatMap((name) => this.positionOf(name) ?? []));
  }

  /** What must have come before it is shown. */
  need([from, to]: Range): void {
    const first = Math.max(0, Math.min(from, this.listing.total - (to - from)));
    this.#needed = [first, Math.min(to, this.listing.total)];
  }

  get needed(): Range {
    return this.#needed;
  }

  get ready(): boolean {
    return this.pages.has(this.#needed);
  }
}
