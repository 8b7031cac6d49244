/**
 * The listing that is shown and the one that is coming: asks for a newer one when there is, for its pages as
 * they are wanted, and hands it over when what is to be seen of it came.
 */
import type { FromGrid, ToGrid } from '../../protocol/webview.ts';
import { Arrival } from './arrival.ts';
import type { Asked, ListingMessage } from './arrival.ts';
import { Pages } from './pages.ts';
import type { Range, Ranges } from './ranges.ts';

export type FeedMessage = Extract<
  ToGrid,
  { type: 'changed' | 'listing' | 'page' | 'items' | 'names' }
>;

/** Names of images that a newer listing must place: positions mean nothing in it. */
export interface Carry {
  /** The focused image, then who would follow it. */
  readonly focus: readonly string[];
  /** At the top of what is in sight. */
  readonly top: readonly string[];
  readonly selected: readonly string[];
}

/** What the feed asks of the grid. */
export interface FeedClient {
  carry(): Carry;
  /** The positions of a newer listing that will be in sight. */
  need(arrival: Arrival, carry: Carry): Range;
  /** The newer listing is the feed's from now on; `carry` is of the one before. */
  show(arrival: Arrival, carry: Carry): void;
  /** Something of the shown listing came or changed. */
  draw(): void;
}

/** At most one new listing in this time, however fast labels are written. */
const refreshPause = 200;

export class Feed {
  readonly #post: (message: FromGrid) => void;
  readonly #client: FeedClient;
  #pages = new Pages(0, 0);
  #listing: ListingMessage | undefined;
  #arrival: Arrival | undefined;
  /** What the listing that comes next was asked to place. */
  #asked: Asked = { id: 0, places: [], selected: [] };
  #waiting = false;
  #again = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(post: (message: FromGrid) => void, client: FeedClient) {
    this.#post = post;
    this.#client = client;
  }

  get pages(): Pages {
    return this.#pages;
  }

  /** Undefined until the first came. */
  get listing(): ListingMessage | undefined {
    return this.#listing;
  }

  take(message: FeedMessage): void {
    switch (message.type) {
      case 'changed':
        this.#refresh();
        return;
      case 'listing':
        this.#offer(message);
        return;
      case 'page':
        (this.#arrival?.pages ?? this.#pages).take(message.offset, message.items);
        this.#arrive();
        return;
      case 'items':
        this.#pages.update(message.items);
        this.#arrival?.pages.update(message.items);
        this.#client.draw();
        return;
      case 'names':
        (this.#arrival?.pages ?? this.#pages).takeNames(message.from, message.names);
        this.#client.draw();
    }
  }

  /** A question may never be answered: the server went away over it. */
  giveUp(): void {
    this.#waiting = false;
  }

  /** Asks for pages of the shown listing; the extension has those of a coming one only. */
  want(range: Range): void {
    if (this.#arrival === undefined) this.#askPages(this.#pages, range);
  }

  wantNames(ranges: Ranges): void {
    if (this.#arrival !== undefined) return;
    const { version } = this.#pages;
    for (const [from, to] of ranges) this.#post({ type: 'names', version, from, to });
  }

  #refresh(): void {
    if (this.#waiting) {
      this.#again = true;
      return;
    }
    this.#waiting = true;
    const wait = this.#askedAt + refreshPause - performance.now();
    setTimeout(() => this.#ask(), Math.max(0, wait));
  }

  #ask(): void {
    this.#askedAt = performance.now();
    const { focus, top, selected } = this.#client.carry();
    const question = { id: this.#asked.id + 1, places: [...focus, ...top] };
    this.#asked = { ...question, selected };
    this.#post({ type: 'refresh', ...question, selected: [...selected] });
  }

  #offer(listing: ListingMessage): void {
    // An answer to an earlier question places other images; the one to the last is on its way.
    if (listing.id !== this.#asked.id) return;
    this.#waiting = false;
    this.#arrival = new Arrival(listing, this.#asked);
    this.#arrival.need(this.#client.need(this.#arrival, this.#client.carry()));
    this.#askPages(this.#arrival.pages, this.#arrival.needed);
    this.#arrive();
  }

  #arrive(): void {
    const arrival = this.#arrival;
    if (arrival?.ready !== true) {
      this.#client.draw();
      return;
    }
    const carry = this.#client.carry();
    this.#arrival = undefined;
    this.#pages = arrival.pages;
    this.#listing = arrival.listing;
    this.#client.show(arrival, carry);
    if (this.#again) this.#refresh();
    this.#again = false;
  }

  #askPages(pages: Pages, range: Range): void {
    for (const offset of pages.ask(range)) {
      this.#post({ type: 'page', version: pages.version, offset });
    }
  }
}
