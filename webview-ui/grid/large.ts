/** The large view of one image, over the grid: a modal dialog that follows the grid's focus. */
import type { ImageItem } from '../../protocol/explorer.ts';
import type { GridWords, Mark, PictureKind } from '../../protocol/webview.ts';
import { button, make, setText } from '../widgets/dom.ts';
import { fill } from '../widgets/texts.ts';
import { Badges } from './badges.ts';
import type { Address } from './pictureStore.ts';
import { describe } from './sentences.ts';

export interface LargeContent {
  readonly item: ImageItem | undefined;
  readonly position: number;
  readonly total: number;
  /** The large picture, else the thumbnail while that is on its way. */
  readonly picture: Address | undefined;
  readonly sharp: boolean;
  readonly kind: PictureKind;
  /** There is a heat map to show. */
  readonly scored: boolean;
}

export interface LargeActions {
  /** To another image: 1 is the next, -1 the one before. */
  go(distance: number): void;
  mark(mark: Mark): void;
  toggleHeatMap(): void;
  open(): void;
  reveal(): void;
  closed(): void;
  pictureFailed(): void;
}

const markKeys: Readonly<Partial<Record<string, Mark>>> = {
  '0': 'clear',
  '1': 'ok',
  '2': 'defective',
};

/** The mark that a key stands for. */
export const markOfKey = (key: string): Mark | undefined => markKeys[key];

export class Large {
  readonly element: HTMLDialogElement;
  readonly #words: GridWords;
  readonly #actions: LargeActions;
  readonly #image = make('img', { alt: '', draggable: 'false', hidden: true });
  readonly #note = make('span', { class: 'note' });
  readonly #name = make('h2', { class: 'large-name', id: 'large-name' });
  readonly #position = make('span', { class: 'large-position' });
  readonly #said = make('div', { class: 'visually-hidden', role: 'status' });
  readonly #badges = new Badges();
  readonly #heatMap: HTMLButtonElement;
  #shown: Address | undefined;

  constructor(words: GridWords, actions: LargeActions) {
    this.#words = words;
    this.#actions = actions;
    this.#heatMap = button({
      label: words.heatMap,
      icon: 'flame',
      press: () => actions.toggleHeatMap(),
    });
    this.element = make(
      'dialog',
      { class: 'large', 'aria-labelledby': 'large-name', tabindex: -1 },
      this.#makeHeader(),
      this.#makeStage(),
      this.#makeFooter(),
      this.#said,
    );
    this.#image.addEventListener('error', () => actions.pictureFailed());
    this.element.addEventListener('close', () => actions.closed());
    this.element.addEventListener('keydown', (event) => this.#key(event));
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  open(): void {
    if (!this.element.open) this.element.showModal();
    // The keys are its own: with a button in focus the space bar would press that.
    this.element.focus();
  }

  close(): void {
    this.element.close();
  }

  show(content: LargeContent): void {
    const { item, position, total, picture, kind, scored } = content;
    setText(this.#name, item?.image ?? this.#words.loading);
    setText(this.#position, fill(this.#words.position, position + 1, total));
    this.#badges.show(item, this.#words);
    this.#heatMap.setAttribute('aria-pressed', String(kind === 'overlay'));
    this.#heatMap.disabled = !scored && kind === 'plain';
    this.#heatMap.title = scored ? '' : this.#words.heatMapNone;
    this.element.dataset['label'] = item?.label ?? '';
    this.element.dataset['sharp'] = String(content.sharp);
    setText(
      this.#note,
      picture === null ? this.#words.unreadable : picture === undefined ? this.#words.loading : '',
    );
    setText(this.#said, item === undefined ? '' : describe(item, this.#words));
    this.#showPicture(picture);
  }

  #showPicture(picture: Address | undefined): void {
    if (picture === this.#shown) return;
    this.#shown = picture;
    if (typeof picture === 'string') this.#image.src = picture;
    else this.#image.removeAttribute('src');
    this.#image.hidden = typeof picture !== 'string';
  }

  #makeHeader(): HTMLElement {
    const { outcome, state, kind, score } = this.#badges;
    return make(
      'header',
      { class: 'large-header' },
      this.#name,
      make('div', { class: 'facts' }, outcome, state, kind, score),
      make('div', { class: 'spring' }),
      this.#position,
      button({
        label: this.#words.close,
        icon: 'close',
        iconOnly: true,
        press: () => this.close(),
      }),
    );
  }

  #makeStage(): HTMLElement {
    const { previous, next } = this.#words;
    const go = (label: string, sign: string, distance: number) =>
      button({ label, icon: sign, iconOnly: true, press: () => this.#actions.go(distance) });
    return make(
      'div',
      { class: 'stage' },
      go(previous, 'chevron-left', -1),
      make('div', { class: 'picture' }, this.#image, this.#note),
      go(next, 'chevron-right', 1),
    );
  }

  #makeFooter(): HTMLElement {
    const { markOk, markDefective, markClear, open, reveal, largeKeys } = this.#words;
    const act = this.#actions;
    const mark = (label: string, sign: string, which: Mark) =>
      button({ label, icon: sign, press: () => act.mark(which) });
    return make(
      'footer',
      { class: 'large-footer' },
      mark(markOk, 'pass', 'ok'),
      mark(markDefective, 'error', 'defective'),
      mark(markClear, 'circle-slash', 'clear'),
      this.#heatMap,
      button({ label: open, icon: 'go-to-file', press: () => act.open() }),
      button({ label: reveal, icon: 'list-tree', press: () => act.reveal() }),
      make('span', { class: 'hint' }, largeKeys),
    );
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#actionOf(event.key);
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #actionOf(key: string): (() => void) | undefined {
    const mark = markOfKey(key);
    if (mark !== undefined) return () => this.#actions.mark(mark);
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowUp':
        return () => this.#actions.go(-1);
      case 'ArrowRight':
      case 'ArrowDown':
        return () => this.#actions.go(1);
      case 'h':
      case 'H':
        return () => this.#actions.toggleHeatMap();
      case 'Escape':
        return () => this.close();
      case ' ':
        // On a button the space bar presses it.
        return document.activeElement instanceof HTMLButtonElement ? undefined : () => this.close();
      default:
        return undefined;
    }
  }
}
