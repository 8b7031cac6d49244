/** The tools above the wall: what to show and how large, marks for the mouse, and how far the labelling is. */
import { byCount } from '../../protocol/counted.ts';
import type { GridTaste, GridWords, Mark } from '../../protocol/webview.ts';
import { button, icon, make, setText } from '../widgets/dom.ts';
import { countText, fill, scoreText } from '../widgets/texts.ts';

export interface ToolbarActions {
  taste(taste: GridTaste): void;
  /** While the slider moves, before it is let go. */
  preview(size: number): void;
  search(text: string): void;
  mark(mark: Mark): void;
}

const pauseOfTyping = 250;

export class Toolbar {
  readonly element: HTMLElement;
  readonly #words: GridWords;
  readonly #actions: ToolbarActions;
  readonly #count = make('span', { class: 'count', role: 'status' });
  readonly #threshold = make('span', { class: 'threshold' });
  readonly #progressText = make('span', { class: 'progress-text' });
  readonly #progress = make('progress', { max: 1, value: 0 });
  readonly #size: HTMLInputElement;
  readonly #search: HTMLInputElement;
  readonly #heatMap: HTMLButtonElement;
  readonly #advance: HTMLInputElement;
  #taste: GridTaste;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(words: GridWords, taste: GridTaste, actions: ToolbarActions) {
    this.#words = words;
    this.#taste = taste;
    this.#actions = actions;
    this.#size = this.#makeSize();
    this.#search = this.#makeSearch();
    this.#heatMap = button({
      label: words.heatMap,
      icon: 'flame',
      press: () => this.#change({ kind: this.#taste.kind === 'plain' ? 'overlay' : 'plain' }),
    });
    this.#advance = make('input', { type: 'checkbox' });
    this.#advance.addEventListener('change', () =>
      this.#change({ advance: this.#advance.checked }),
    );
    this.#progress.setAttribute('aria-hidden', 'true');
    this.element = make(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': words.bars },
      make('label', { class: 'search' }, icon('search'), this.#search),
      make('div', { class: 'marks' }, ...this.#makeMarks()),
      make('label', { class: 'check' }, this.#advance, make('span', {}, words.advance)),
      make('div', { class: 'spring' }),
      this.#heatMap,
      make('label', { class: 'size', title: words.size }, icon('zoom-in'), this.#size),
      make(
        'div',
        { class: 'figures' },
        this.#count,
        this.#threshold,
        make('span', { class: 'progress' }, this.#progress, this.#progressText),
      ),
    );
    this.show(taste);
  }

  show(taste: GridTaste): void {
    this.#taste = taste;
    this.#size.valueAsNumber = taste.size;
    this.#advance.checked = taste.advance;
    this.#heatMap.setAttribute('aria-pressed', String(taste.kind === 'overlay'));
  }

  /** A heat map is there to be shown only when a run has scored the images. */
  scored(threshold: number | null): void {
    const scored = threshold !== null;
    const { threshold: text } = this.#words;
    setText(this.#threshold, scored ? fill(text, scoreText(threshold)) : '');
    this.#heatMap.disabled = !scored && this.#taste.kind === 'plain';
    this.#heatMap.title = scored ? '' : this.#words.heatMapNone;
  }

  /** What the box says, unless somebody types in it. */
  searchText(text: string): void {
    if (document.activeElement !== this.#search) this.#search.value = text;
  }

  counts(selected: number, total: number): void {
    const { images, oneImage, selected: some } = this.#words;
    const all = byCount(total, oneImage, fill(images, countText(total)));
    setText(this.#count, selected > 1 ? fill(some, countText(selected), countText(total)) : all);
  }

  progress(labelled: number, total: number): void {
    this.#progress.value = total === 0 ? 0 : labelled / total;
    setText(this.#progressText, fill(this.#words.progress, countText(labelled), countText(total)));
  }

  #change(part: Partial<GridTaste>): void {
    const taste = { ...this.#taste, ...part };
    this.show(taste);
    this.#actions.taste(taste);
  }

  #makeSize(): HTMLInputElement {
    const size = make('input', { type: 'range', min: 80, max: 400, step: 8 });
    size.setAttribute('aria-label', this.#words.size);
    size.addEventListener('input', () => this.#actions.preview(size.valueAsNumber));
    size.addEventListener('change', () => this.#change({ size: size.valueAsNumber }));
    return size;
  }

  #makeSearch(): HTMLInputElement {
    const { search: label } = this.#words;
    const search = make('input', { type: 'search', placeholder: label, 'aria-label': label });
    search.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#actions.search(search.value), pauseOfTyping);
    });
    search.addEventListener('keydown', (event) => {
      // In the box Ctrl+Z takes back typing; VS Code would hear it and take back a label.
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && (key === 'z' || key === 'y')) event.stopPropagation();
    });
    return search;
  }

  #makeMarks(): HTMLElement[] {
    const { markOk, markDefective, markClear } = this.#words;
    const mark = (label: string, sign: string, key: string, act: Mark): HTMLElement => {
      const element = button({ label, icon: sign, press: () => this.#actions.mark(act) });
      element.append(make('kbd', { 'aria-hidden': 'true' }, key));
      element.setAttribute('aria-keyshortcuts', key);
      return element;
    };
    return [
      mark(markOk, 'pass', '1', 'ok'),
      mark(markDefective, 'error', '2', 'defective'),
      mark(markClear, 'circle-slash', '0', 'clear'),
    ];
  }
}
