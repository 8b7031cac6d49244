/** What is known of an image in a few signs: shapes and letters tell it, colours repeat it. */
import type { ImageItem, SupervisionState } from '../../protocol/explorer.ts';
import type { Outcome } from '../../protocol/run.ts';
import type { GridWords } from '../../protocol/webview.ts';
import { make, setText } from '../widgets/dom.ts';
import { fill, fileName, scoreText } from '../widgets/texts.ts';

const stateSigns: Readonly<Record<SupervisionState, string>> = {
  ok: '✓',
  mask: '◆',
  weak: '◇',
  unlabelled: '–',
  unknown: '…',
};

const outcomeSigns: Readonly<Record<Exclude<Outcome, ''>, string>> = {
  TP: '●',
  FP: '▲',
  FN: '✕',
  TN: '✓',
};

/** One sentence with all of it, for screen readers and tooltips. */
export function describe(item: ImageItem, words: GridWords): string {
  const { image, state, score, outcome, kind } = item;
  const parts = [
    fileName(image),
    words[state],
    score === null ? words.noScore : fill(words.score, scoreText(score)),
  ];
  if (outcome !== '') parts.push(words[outcome]);
  if (kind !== '') parts.push(kind);
  return parts.join(', ');
}

/** The badges of an image; elements are made once and filled again and again. */
export class Badges {
  readonly outcome = make('span', { class: 'outcome', 'aria-hidden': 'true' });
  readonly state = make('span', { class: 'state' });
  readonly score = make('span', { class: 'score' });
  readonly kind = make('span', { class: 'kind' });
  readonly #sign = make('span', { class: 'sign', 'aria-hidden': 'true' });
  readonly #stateText = make('span', { class: 'state-text' });

  constructor() {
    this.state.append(this.#sign, this.#stateText);
  }

  show(item: ImageItem | undefined, words: GridWords): void {
    const outcome = item?.outcome ?? '';
    setText(this.outcome, outcome === '' ? '' : `${outcomeSigns[outcome]} ${outcome}`);
    this.outcome.hidden = outcome === '';
    this.outcome.dataset['outcome'] = outcome;
    const state = item?.state;
    setText(this.#sign, state === undefined ? '' : stateSigns[state]);
    setText(this.#stateText, state === undefined ? '' : words[state]);
    this.state.dataset['state'] = state ?? '';
    const score = item?.score ?? null;
    setText(this.score, score === null ? '' : scoreText(score));
    setText(this.kind, item?.kind ?? '');
    this.kind.hidden = (item?.kind ?? '') === '';
  }
}
