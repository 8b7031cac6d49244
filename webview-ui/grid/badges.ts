/** What is known of an image in a few signs: shapes and letters tell it, colours repeat it. */
import type { ImageItem, SupervisionState } from '../../protocol/explorer.ts';
import type { GridWords } from '../../protocol/webview.ts';
import { make, setText } from '../widgets/dom.ts';
import { showOutcome } from '../widgets/outcome.ts';
import { scoreText } from '../widgets/texts.ts';

const stateSigns: Readonly<Record<SupervisionState, string>> = {
  ok: '✓',
  mask: '◆',
  weak: '◇',
  unlabelled: '–',
  unknown: '…',
};

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
    showOutcome(this.outcome, item?.outcome ?? '');
    const state = item?.state;
    setText(this.#sign, state === undefined ? '' : stateSigns[state]);
    // Signs tell with a mask from without; both fit into a small cell.
    const defective = state === 'mask' || state === 'weak';
    setText(this.#stateText, defective ? words.defective : state === undefined ? '' : words[state]);
    if (state !== undefined) this.state.title = words[state];
    this.state.dataset['state'] = state ?? '';
    const score = item?.score ?? null;
    setText(this.score, score === null ? '' : scoreText(score));
    setText(this.kind, item?.kind ?? '');
    this.kind.hidden = (item?.kind ?? '') === '';
  }
}
