/** One image of the grid: an option of the list, made once and shown at one position after another. */
import { shownName } from '../../protocol/explorer.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import type { GridWords } from '../../protocol/webview.ts';
import { make, setAttributes, setText } from '../widgets/dom.ts';
import { Badges } from './badges.ts';
import type { Address } from './pictureStore.ts';

export interface CellContent {
  readonly position: number;
  readonly total: number;
  /** Undefined until its page came. */
  readonly item: ImageItem | undefined;
  readonly picture: Address | undefined;
  readonly selected: boolean;
  readonly focused: boolean;
}

/** Scrolling draws each cell in sight again and again, mostly as it is. */
function sameContent(a: CellContent, b: CellContent): boolean {
  return (
    a.position === b.position &&
    a.total === b.total &&
    a.item === b.item &&
    a.picture === b.picture &&
    a.selected === b.selected &&
    a.focused === b.focused
  );
}

/** The label's full words and the outcome; name and score are there as text. */
function saidOf(item: ImageItem | undefined, words: GridWords): string {
  if (item === undefined) return words.loading;
  const outcome = item.outcome === '' ? '' : words[item.outcome];
  return [words[item.state], outcome].filter((part) => part !== '').join(', ');
}

export class Cell {
  readonly element = make('div', { class: 'cell', role: 'option' });
  readonly #image = make('img', { alt: '', decoding: 'async', draggable: 'false', hidden: true });
  readonly #note = make('span', { class: 'note' });
  readonly #name = make('div', { class: 'name' });
  readonly #badges = new Badges();
  /** What signs and letters say, for those who hear it. */
  readonly #said = make('span', { class: 'visually-hidden' });
  #last: CellContent | undefined;
  #shown: Address | undefined;
  #where = '';
  /** The position that it shows; read by whoever is clicked. */
  position = -1;

  constructor(pictureFailed: (cell: Cell) => void) {
    const { outcome, state, score, kind } = this.#badges;
    const tick = make('span', { class: 'tick codicon codicon-check', 'aria-hidden': 'true' });
    this.element.append(
      make('div', { class: 'thumb' }, this.#image, this.#note, outcome, tick),
      this.#name,
      make('div', { class: 'facts' }, state, kind, score),
      this.#said,
    );
    this.#image.addEventListener('error', () => pictureFailed(this));
  }

  show(content: CellContent, words: GridWords): void {
    const { position, total, item, selected, focused } = content;
    if (this.#last !== undefined && sameContent(this.#last, content)) return;
    this.#last = content;
    this.position = position;
    setAttributes(this.element, {
      'aria-setsize': total,
      'aria-posinset': position + 1,
      'aria-selected': String(selected),
      tabindex: focused ? 0 : -1,
      title: item?.image ?? false,
    });
    this.element.dataset['label'] = item?.label ?? '';
    this.element.dataset['image'] = item?.image ?? '';
    setText(this.#name, item === undefined ? '' : shownName(item));
    this.#badges.show(item, words);
    setText(this.#said, saidOf(item, words));
    this.#showPicture(content.picture, words);
  }

  place(x: number, y: number, width: number, height: number): void {
    const where = `${x} ${y} ${width} ${height}`;
    if (where === this.#where) return;
    this.#where = where;
    const { style } = this.element;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  #showPicture(picture: Address | undefined, words: GridWords): void {
    setText(this.#note, picture === null ? words.unreadable : '');
    if (picture === this.#shown) return;
    this.#shown = picture;
    // Without an address the browser would show a broken image, or the one before.
    if (typeof picture === 'string') this.#image.src = picture;
    else this.#image.removeAttribute('src');
    this.#image.hidden = typeof picture !== 'string';
  }
}
