/**
 * The scrolling wall of cells: of 100,000 images only those in sight and a margin have elements. The focused
 * one always has, so that the focus is never lost by scrolling.
 */
import {
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
} from '@tanstack/virtual-core';
import { make } from '../widgets/dom.ts';
import { Cell } from './cell.ts';
import type { CellContent } from './cell.ts';
import type { Range } from './ranges.ts';
import type { GridShape } from './selection.ts';

/** What the wall shows; asked again whenever it draws. */
export interface WallContent {
  readonly total: number;
  readonly focus: number;
  cell(position: number): CellContent;
  fill(cell: Cell, content: CellContent): void;
  pictureFailed(cell: Cell): void;
  /** After each drawing: the positions in sight. */
  drawn(visible: Range): void;
}

type Rows = Virtualizer<HTMLElement, HTMLElement>;
type RowOptions = ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0];

const gap = 8;
/** Below the square thumbnail: the name and the facts. */
const captionHeight = 44;
const margin = 3;
const mostSpare = 80;

export class Wall {
  readonly list = make('div', { role: 'listbox', 'aria-multiselectable': 'true', class: 'list' });
  readonly element = make('div', { class: 'scroller' }, this.list);
  readonly #content: WallContent;
  readonly #virtualizer: Rows;
  readonly #stop: () => void;
  /** By name of the image, or by position while that is not known. */
  #cells = new Map<string | number, Cell>();
  readonly #spare: Cell[] = [];
  #columns = 1;
  #width = 160;
  #size = 160;
  /** Where and how large the scroller is, as last seen: asking it while drawing would lay the page out each time. */
  #seen = { top: 0, width: 0, height: 0 };
  #listHeight = 0;

  constructor(content: WallContent) {
    this.#content = content;
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.#options());
    this.#stop = this.#virtualizer._didMount();
    new ResizeObserver(() => this.layOut()).observe(this.element);
    // The virtualizer draws only when other rows come; it may have seen the new place before this event, too.
    const scrolled = (): void => {
      this.#look();
      content.drawn(this.visible);
    };
    this.element.addEventListener('scroll', scrolled, { capture: true, passive: true });
  }

  dispose(): void {
    this.#stop();
  }

  get shape(): GridShape {
    const rows = Math.floor(this.#seen.height / this.#rowHeight);
    return { columns: this.#columns, rows: Math.max(1, rows) };
  }

  /** The positions in sight, in whole or in part. */
  get visible(): Range {
    const { top, height } = this.#seen;
    const first = Math.floor(top / this.#rowHeight);
    const last = Math.ceil((top + height) / this.#rowHeight);
    return [
      this.#columns * Math.max(0, first),
      Math.min(this.#content.total, this.#columns * last),
    ];
  }

  /** Width that cells should have about; they fill the row. */
  set size(size: number) {
    this.#size = size;
    this.layOut();
  }

  get thumbnailPixels(): number {
    return Math.ceil(this.#width * window.devicePixelRatio);
  }

  /** Fits the columns into the width; what is at the top, or the focus, stays where it is. */
  layOut(): void {
    this.#look();
    const { width } = this.#seen;
    if (width === 0) return;
    const kept = this.keeper();
    this.#columns = Math.max(1, Math.floor((width - gap) / (this.#size + gap)));
    this.#width = Math.floor((width - gap) / this.#columns) - gap;
    this.list.classList.toggle('compact', this.#width < 128);
    this.#virtualizer.setOptions(this.#options());
    this.#virtualizer.measure();
    this.draw();
    kept(kept.position);
  }

  /** Remembers where a position stands on the screen; the result puts another there. */
  keeper(): { (position: number): void; readonly position: number } {
    const [first, end] = this.visible;
    const { focus } = this.#content;
    const position = first <= focus && focus < end ? focus : first;
    const offset = this.#top(position) - this.#seen.top;
    const keep = (next: number): void => {
      this.element.scrollTop = Math.max(0, this.#top(next) - offset);
      this.#look();
    };
    return Object.assign(keep, { position });
  }

  scrollTo(position: number): void {
    if (position >= 0) this.#virtualizer.scrollToIndex(Math.floor(position / this.#columns));
  }

  /** Gives the focus to the focused image's element; `reveal` scrolls it into sight. */
  focus(reveal = true): void {
    if (reveal) this.scrollTo(this.#content.focus);
    this.draw();
    this.#focused()?.element.focus({ preventScroll: true });
  }

  /** Takes the focus if nothing else has it. */
  focusIfIdle(): void {
    const { activeElement } = document;
    const idle = activeElement === null || activeElement === document.body;
    if (document.hasFocus() && idle) this.focus(false);
  }

  get hasFocus(): boolean {
    return this.list.contains(document.activeElement);
  }

  /** The cell that an event happened in. */
  cellOf(target: EventTarget | null): Cell | undefined {
    const element = target instanceof Element ? target.closest('.cell') : null;
    return [...this.#cells.values()].find((cell) => cell.element === element);
  }

  draw(): void {
    const { total } = this.#content;
    const hadFocus = this.hasFocus;
    this.#virtualizer.setOptions(this.#options());
    this.#virtualizer._willUpdate();
    this.#setHeight(this.#virtualizer.getTotalSize());
    const drawn = new Map<string | number, Cell>();
    const contents: CellContent[] = [];
    for (const { index } of this.#virtualizer.getVirtualItems()) {
      const end = Math.min(total, (index + 1) * this.#columns);
      for (let at = index * this.#columns; at < end; at += 1) contents.push(this.#content.cell(at));
    }
    for (const content of contents) this.#claim(content, drawn);
    this.#release(drawn);
    this.#cells = drawn;
    contents.forEach((content) => this.#fillCell(content, drawn));
    this.#order(contents, drawn);
    const focused = this.#focused()?.element;
    if (hadFocus && focused !== document.activeElement) focused?.focus({ preventScroll: true });
    this.#content.drawn(this.visible);
  }

  #look(): void {
    const { scrollTop: top, clientWidth: width, clientHeight: height } = this.element;
    this.#seen = { top, width, height };
  }

  #setHeight(height: number): void {
    if (height === this.#listHeight) return;
    this.#listHeight = height;
    this.list.style.height = `${height}px`;
  }

  get #rowHeight(): number {
    return this.#width + captionHeight + gap;
  }

  #top(position: number): number {
    return Math.floor(position / this.#columns) * this.#rowHeight;
  }

  #focused(): Cell | undefined {
    return [...this.#cells.values()].find(({ position }) => position === this.#content.focus);
  }

  #options(): RowOptions {
    return {
      count: Math.ceil(this.#content.total / this.#columns),
      getScrollElement: () => this.element,
      estimateSize: () => this.#rowHeight,
      overscan: margin,
      paddingStart: gap,
      scrollPaddingStart: gap,
      scrollPaddingEnd: gap,
      rangeExtractor: (range) => {
        const rows = defaultRangeExtractor(range);
        const row = Math.floor(this.#content.focus / this.#columns);
        if (row >= 0 && row < range.count && !rows.includes(row)) rows.push(row);
        return rows.sort((a, b) => a - b);
      },
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.draw(),
    };
  }

  /** Keeps the element that an image has already, so that focus and picture stay with it. */
  #claim({ item, position }: CellContent, drawn: Map<string | number, Cell>): void {
    const key = item?.image ?? position;
    const known = this.#cells.has(key) ? key : position;
    const cell = this.#cells.get(known);
    if (cell === undefined) return;
    this.#cells.delete(known);
    drawn.set(key, cell);
  }

  #release(drawn: ReadonlyMap<string | number, Cell>): void {
    const claimed = new Set(drawn.values());
    for (const cell of this.#cells.values()) {
      if (claimed.has(cell)) continue;
      if (this.#spare.length < mostSpare) this.#spare.push(cell);
      else cell.element.remove();
    }
  }

  #fillCell(content: CellContent, drawn: Map<string | number, Cell>): void {
    const { position, item } = content;
    const key = item?.image ?? position;
    let cell = drawn.get(key);
    if (cell === undefined) {
      cell = this.#spare.pop() ?? new Cell((failed) => this.#content.pictureFailed(failed));
      drawn.set(key, cell);
    }
    const row = Math.floor(position / this.#columns);
    const column = position - row * this.#columns;
    cell.place(
      gap + column * (this.#width + gap),
      gap + row * this.#rowHeight,
      this.#width,
      this.#rowHeight - gap,
    );
    this.#content.fill(cell, content);
  }

  /**
   * The document's order is the reading order. While it scrolls, elements stay where they are in it, for moving
   * them costs; the focused one is never moved, which would blur it.
   */
  #order(contents: readonly CellContent[], drawn: ReadonlyMap<string | number, Cell>): void {
    for (const { element } of this.#spare) element.remove();
    const scrolling = this.#virtualizer.isScrolling;
    let next: Element | null = scrolling ? null : this.list.firstElementChild;
    for (const { item, position } of contents) {
      const element = drawn.get(item?.image ?? position)?.element;
      if (element === undefined || (scrolling && element.isConnected)) continue;
      if (element === next) next = next.nextElementSibling;
      else if (element !== document.activeElement) this.list.insertBefore(element, next);
    }
  }
}
