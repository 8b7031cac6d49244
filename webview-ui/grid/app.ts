/** The grid: puts wall, tools and large view around one listing, one selection and one store of pictures. */
import * as z from 'zod/mini';
import type { FromGrid, GridTaste, GridWords, Mark, ToGrid } from '../../protocol/webview.ts';
import { gridPlaceSchema, largeSide } from '../../protocol/webview.ts';
import type { Announcer } from '../widgets/announcer.ts';
import type { Arrival } from './arrival.ts';
import type { Cell, CellContent } from './cell.ts';
import { Feed } from './feed.ts';
import type { Carry } from './feed.ts';
import { Hearing } from './hearing.ts';
import { markOfKey } from './large.ts';
import type { GridParts } from './parts.ts';
import { PictureStore } from './pictureStore.ts';
import type { Range } from './ranges.ts';
import { countOf, includes } from './ranges.ts';
import type { Selection, SelectionEvent } from './selection.ts';
import { emptySelection, step, target } from './selection.ts';
import { markedSentence } from './sentences.ts';
import { Wishes, sideFor } from './wishes.ts';
import type { Wish } from './wishes.ts';

/** What VS Code keeps for the page while it is hidden, and over a reload of the window. */
export const keptSchema = z.object({
  place: gridPlaceSchema,
  focus: z.exactOptional(z.string()),
  top: z.exactOptional(z.string()),
  text: z.string(),
});
export type Kept = z.infer<typeof keptSchema>;

export interface GridStart {
  readonly words: GridWords;
  readonly taste: GridTaste;
  readonly kept: Kept;
}

/** If the focused image leaves, the next of these that stayed takes its place. */
const successors = 4;

export class GridApp {
  readonly #post: (message: FromGrid) => void;
  readonly #words: GridWords;
  readonly #parts: GridParts;
  readonly #announcer: Announcer;
  readonly #pictures = new PictureStore();
  readonly #wishes: Wishes;
  readonly #feed: Feed;
  readonly #hearing = new Hearing((isLost) => this.#parts.showLost(isLost));
  #kept: Kept;
  #taste: GridTaste;
  #selection: Selection = emptySelection;
  #lastLook = '';
  /** A mark of images whose names are still on their way. */
  #pendingMark: Mark | undefined;

  constructor(
    post: (message: FromGrid) => void,
    { words, taste, kept }: GridStart,
    announcer: Announcer,
    makeParts: (app: GridApp) => GridParts,
  ) {
    this.#post = post;
    this.#words = words;
    this.#taste = taste;
    this.#kept = kept;
    this.#announcer = announcer;
    this.#wishes = new Wishes(this.#pictures, post, () => this.#wish());
    this.#feed = new Feed(post, {
      carry: () => ({
        focus: this.#focusNames(),
        top: this.#topNames(),
        selected: this.#pages.namesOf(this.#selection.ranges),
      }),
      need: (arrival, carry) => this.#need(arrival, carry),
      show: (arrival, carry) => this.#show(arrival, carry),
      draw: () => {
        this.#draw();
        this.#finishMark();
      },
    });
    this.#parts = makeParts(this);
    this.#parts.wall.size = taste.size;
    if (kept.text !== '') post({ type: 'search', text: kept.text });
  }

  take(message: Exclude<ToGrid, { type: 'start' }>): void {
    switch (message.type) {
      case 'status':
        this.#feed.giveUp();
        this.#parts.showStatus(message.status);
        return;
      case 'progress': {
        const { total, unlabelled } = message.progress;
        this.#parts.toolbar.progress(Math.max(0, total - unlabelled), total);
        return;
      }
      case 'heard':
        this.#hearing.heard(message.id);
        return;
      case 'pictures':
        this.#pictures.take(message);
        this.#draw();
        return;
      case 'changed':
      case 'listing':
      case 'page':
      case 'items':
      case 'names':
        this.#feed.take(message);
    }
  }

  // From one listing to the next.

  get #pages(): Feed['pages'] {
    return this.#feed.pages;
  }

  /** The focused image and who would follow it. */
  #focusNames(): string[] {
    const { focus, ranges } = this.#selection;
    const first = this.#feed.listing === undefined ? this.#kept.focus : this.#pages.name(focus);
    const names = first === undefined ? [] : [first];
    for (let at = focus + 1; at < this.#pages.total && names.length < successors; at += 1) {
      const name = this.#pages.name(at);
      if (name === undefined) break;
      if (!includes(ranges, at)) names.push(name);
    }
    return names;
  }

  #topNames(): string[] {
    const { position } = this.#parts.wall.keeper();
    const names = [position, position + 1, position + 2].map((at) => this.#pages.name(at));
    if (this.#feed.listing === undefined) names.unshift(this.#kept.top);
    return names.filter((name) => name !== undefined);
  }

  #need(arrival: Arrival, { top }: Carry): Range {
    const { wall } = this.#parts;
    const [first, end] = wall.visible;
    const { columns, rows } = wall.shape;
    const { position } = wall.keeper();
    const from = (arrival.firstOf(top) ?? position) - (position - first) - columns;
    const reach = Math.max(end - first, columns * (rows + 1)) + 2 * columns;
    return [Math.max(0, from), Math.max(0, from) + reach];
  }

  #show(arrival: Arrival, carry: Carry): void {
    const { listing } = arrival;
    const { wall, toolbar } = this.#parts;
    const keep = wall.keeper();
    const first = this.#selection === emptySelection;
    this.#selection = step(this.#selection, {
      ...{ type: 'relist', total: listing.total, focus: arrival.firstOf(carry.focus) },
      selected: arrival.selectedOf(carry.selected),
    });
    this.#kept = { ...this.#kept, text: listing.text };
    toolbar.searchText(listing.text);
    toolbar.scored(listing.threshold);
    this.#parts.showEmptiness(listing);
    wall.layOut();
    keep(arrival.firstOf(carry.top) ?? keep.position);
    this.#wishes.renew();
    this.#changed();
    this.#finishMark();
    if (first) wall.focusIfIdle();
  }

  // What the parts show.

  get total(): number {
    return this.#selection.total;
  }

  get focus(): number {
    return this.#selection.focus;
  }

  get #scored(): boolean {
    return (this.#feed.listing?.threshold ?? null) !== null;
  }

  get #kind(): GridTaste['kind'] {
    return this.#scored ? this.#taste.kind : 'plain';
  }

  get #side(): number {
    return sideFor(this.#parts.wall.thumbnailPixels);
  }

  cell(position: number): CellContent {
    const item = this.#pages.item(position);
    const picture = item && this.#pictures.find(this.#kind, this.#side, item.image);
    const { focus, total, ranges } = this.#selection;
    const selected = includes(ranges, position);
    return { position, total, item, picture, selected, focused: position === focus };
  }

  fill(cell: Cell, content: CellContent): void {
    cell.show(content, this.#words);
  }

  pictureFailed(cell: Cell): void {
    const name = this.#pages.name(cell.position);
    if (name === undefined) return;
    this.#pictures.fail(this.#kind, this.#side, name);
    this.#draw();
  }

  drawn([from, to]: Range): void {
    const { columns } = this.#parts.wall.shape;
    this.#feed.want([from - 4 * columns, to + 8 * columns]);
    this.#wishes.soon();
  }

  #wish(): Wish {
    const { wall } = this.#parts;
    const [from, to] = wall.visible;
    const reach = 2 * wall.shape.columns;
    const inSight = this.#pages.namesOf([[from, to]]);
    const below = this.#pages.namesOf([[to, to + reach]]);
    const above = this.#pages.namesOf([[Math.max(0, from - reach), from]]);
    return { kind: this.#kind, side: this.#side, images: [...inSight, ...below, ...above] };
  }

  #draw(): void {
    this.#parts.wall.draw();
    this.#drawLarge();
  }

  #drawLarge(): void {
    const { large } = this.#parts;
    if (!large.isOpen) return;
    const { focus: position, total } = this.#selection;
    if (total === 0) {
      large.close();
      return;
    }
    const kind = this.#kind;
    const item = this.#pages.item(position);
    const around = [position, position + 1, position - 1];
    const names = around.flatMap((at) => this.#pages.name(at) ?? []);
    const missing = this.#pictures.absent(kind, largeSide, names);
    this.#look(missing);
    const picture = item && this.#pictures.find(kind, largeSide, item.image);
    const sharp = item !== undefined && !missing.includes(item.image);
    large.show({ item, position, total, picture, sharp, kind, scored: this.#scored });
  }

  #look(images: string[]): void {
    const message: FromGrid = { type: 'look', kind: this.#kind, images };
    const text = JSON.stringify(message);
    if (text === this.#lastLook) return;
    this.#lastLook = text;
    this.#post(message);
  }

  // What a person does.

  press(cell: Cell, event: MouseEvent): void {
    const toggle = event.ctrlKey || event.metaKey;
    this.#apply({ type: 'press', position: cell.position, toggle, extend: event.shiftKey });
    this.#parts.wall.focus(false);
  }

  /** True for a key that meant something. */
  key(event: KeyboardEvent): boolean {
    const keep = event.ctrlKey || event.metaKey;
    const { key, shiftKey: extend, altKey } = event;
    if (altKey) return false;
    if (keep && key.toLowerCase() === 'a') return this.#apply({ type: 'all' });
    if (keep && key === ' ') return this.#apply({ type: 'toggle' });
    const position = target(key, this.#selection, this.#parts.wall.shape);
    if (position !== undefined) {
      this.#apply({ type: 'move', position, extend, keep });
      this.#parts.wall.focus();
      return true;
    }
    if (keep) return false;
    if (key === 'Escape') return this.#apply({ type: 'none' });
    if (key === 'Enter') return this.open();
    if (key === ' ') return this.#openLarge();
    const mark = markOfKey(key);
    if (mark !== undefined) this.mark(mark);
    return mark !== undefined;
  }

  open(): boolean {
    const image = this.#pages.name(this.#selection.focus);
    if (image !== undefined) this.#post({ type: 'open', image });
    return image !== undefined;
  }

  reveal(): void {
    const image = this.#pages.name(this.#selection.focus);
    if (image !== undefined) this.#post({ type: 'reveal', image });
  }

  #openLarge(): boolean {
    if (this.#selection.focus < 0) return false;
    this.#lastLook = '';
    this.#parts.large.open();
    this.#drawLarge();
    return true;
  }

  /** To another image, also under the large view. */
  go(distance: number): void {
    const position = this.#selection.focus + distance;
    this.#apply({ type: 'move', position, extend: false, keep: false });
    const { large, wall } = this.#parts;
    if (large.isOpen) wall.scrollTo(this.#selection.focus);
    else wall.focus();
  }

  /** Marks what is selected, else the focused image; under the large view the one that is seen. */
  mark(mark: Mark): void {
    const { focus, ranges } = this.#selection;
    if (focus < 0) return;
    const one = this.#parts.large.isOpen || countOf(ranges) === 0;
    const wanted = one ? ([[focus, focus + 1]] as const) : ranges;
    const nameless = this.#pages.nameless(wanted);
    if (nameless.length > 0) {
      this.#pendingMark = mark;
      this.#feed.wantNames(nameless);
      return;
    }
    const images = this.#pages.namesOf(wanted);
    this.#post({ type: 'mark', id: this.#hearing.next(), mark, images });
    this.#announcer.say(markedSentence(mark, images, this.#words));
    if (images.length === 1 && this.#taste.advance) this.go(1);
  }

  taste(taste: GridTaste): void {
    this.#taste = taste;
    this.#parts.wall.size = taste.size;
    this.#parts.toolbar.show(taste);
    this.#post({ type: 'taste', taste });
    this.#draw();
  }

  toggleHeatMap(): void {
    if (!this.#scored) return;
    this.taste({ ...this.#taste, kind: this.#taste.kind === 'plain' ? 'overlay' : 'plain' });
  }

  search(text: string): void {
    this.#kept = { ...this.#kept, text };
    this.#post({ type: 'search', text });
  }

  /** The large view cannot load its picture. */
  largeFailed(): void {
    const name = this.#pages.name(this.#selection.focus);
    if (name === undefined) return;
    this.#pictures.fail(this.#kind, largeSide, name);
    this.#drawLarge();
  }

  /** For VS Code to keep. */
  kept(): Kept {
    const { place, text } = this.#kept;
    if (this.#feed.listing === undefined) return this.#kept;
    const focus = this.#pages.name(this.#selection.focus);
    const top = this.#pages.name(this.#parts.wall.visible[0]);
    return {
      ...{ place, text },
      ...(focus === undefined ? {} : { focus }),
      ...(top === undefined ? {} : { top }),
    };
  }

  #apply(event: SelectionEvent): true {
    this.#selection = step(this.#selection, event);
    this.#changed();
    return true;
  }

  /** Names of all that is selected are fetched at once, so that they are at hand when it is marked or listed anew. */
  #changed(): void {
    this.#draw();
    const { ranges, total } = this.#selection;
    this.#parts.toolbar.counts(countOf(ranges), total);
    this.#feed.wantNames(this.#pages.nameless(ranges));
  }

  #finishMark(): void {
    const mark = this.#pendingMark;
    if (mark === undefined || this.#pages.nameless(this.#selection.ranges).length > 0) return;
    this.#pendingMark = undefined;
    this.mark(mark);
  }
}
