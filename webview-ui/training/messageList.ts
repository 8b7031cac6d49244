/** What the run said, the newest first: warnings and errors stand out by sign and word. */
import { plainText } from '../../protocol/plainText.ts';
import type { TrainingWords } from '../../protocol/webview.ts';
import { icon, make } from '../widgets/dom.ts';
import { fill } from '../widgets/texts.ts';
import type { History, Said } from './history.ts';

const signs: Readonly<Record<Said['kind'], string>> = {
  state: 'info',
  warning: 'warning',
  error: 'error',
};

function timeText(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.valueOf()) ? '' : date.toLocaleTimeString();
}

export class MessageList {
  readonly element: HTMLElement;
  readonly #words: TrainingWords;
  readonly #list = make('ol', { class: 'messages', reversed: true });
  readonly #more = make('p', { class: 'quiet', hidden: true });
  #shown: readonly Said[] = [];

  constructor(words: TrainingWords) {
    this.#words = words;
    this.element = make(
      'section',
      { class: 'said', 'aria-labelledby': 'said-title', hidden: true },
      make('h2', { id: 'said-title' }, words.messages),
      ...[this.#list, this.#more],
    );
  }

  show({ said, forgotten }: History): void {
    if (said === this.#shown) return;
    this.#shown = said;
    this.element.hidden = said.length === 0;
    this.#list.replaceChildren(...[...said].reverse().map((line) => this.#line(line)));
    this.#more.hidden = forgotten === 0;
    this.#more.textContent = fill(this.#words.moreMessages, forgotten);
  }

  #line({ kind, time, text }: Said): HTMLElement {
    const word = kind === 'state' ? '' : `${this.#words[kind]}: `;
    return make(
      'li',
      { class: `message message-${kind}` },
      icon(signs[kind]),
      make('time', { datetime: time }, timeText(time)),
      make('span', {}, `${word}${plainText(text)}`),
    );
  }
}
