/** Lines above the image: the server and the connection, why nothing can be painted, what was refused or kept. */
import type { MaskWords } from '../../protocol/maskEditor.ts';
import type { ViewStatus } from '../../protocol/webview.ts';
import { button, icon, make, setText } from '../widgets/dom.ts';
import { createStatusBar } from '../widgets/statusBar.ts';
import { fill } from '../widgets/texts.ts';

interface Line {
  readonly element: HTMLElement;
  show(text: string): void;
}

function line(name: string, sign: string, ...actions: readonly Node[]): Line {
  const text = make('span', { class: 'status-text' });
  const element = make('div', { class: 'status', role: 'status', hidden: true });
  element.dataset['notice'] = name;
  element.append(icon(sign), text, ...actions);
  return {
    element,
    show: (next) => {
      element.hidden = next === '';
      setText(text, next);
    },
  };
}

export class Notices {
  readonly elements: readonly HTMLElement[];
  readonly #words: MaskWords;
  readonly #status: ReturnType<typeof createStatusBar>;
  readonly #readOnly = line('readOnly', 'lock');
  readonly #refused: Line;
  readonly #kept: Line;
  #answer: (isWanted: boolean) => void = () => undefined;

  constructor(words: MaskWords, act: (action: 'restart' | 'showLog') => void) {
    this.#words = words;
    this.#status = createStatusBar({ ...words, act });
    const end = (answer: () => void) => (): void => {
      this.#kept.show('');
      answer();
    };
    this.#kept = line(
      ...(['kept', 'history'] as const),
      button({ label: words.accept, primary: true, press: end(() => this.#answer(true)) }),
      button({ label: words.discard, press: end(() => this.#answer(false)) }),
    );
    this.#refused = line(
      ...(['refused', 'warning'] as const),
      button({
        ...{ label: words.discard, icon: 'close', iconOnly: true },
        press: () => this.#refused.show(''),
      }),
    );
    const lines = [this.#readOnly, this.#refused, this.#kept].map(({ element }) => element);
    this.elements = [this.#status.element, ...lines];
  }

  status(status: ViewStatus): void {
    this.#status.show(status);
  }

  /** `kept`: how many strokes nobody answered. */
  lost(isLost: boolean, kept: number): void {
    const { lost, kept: keeping } = this.#words;
    this.#status.lost(isLost ? `${lost} ${fill(keeping, kept)}`.trim() : undefined);
  }

  readOnly(why: string): void {
    this.#readOnly.show(why === '' ? '' : fill(this.#words.readOnly, why));
  }

  refused(why: string): void {
    this.#refused.show(why);
  }

  offer(count: number, answer: (isWanted: boolean) => void): void {
    this.#answer = answer;
    this.#kept.show(fill(this.#words.keptAgain, count));
  }
}
