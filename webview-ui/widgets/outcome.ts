/** How a run judged an image, as a badge: shape and letters tell it, the colour repeats it. */
import type { Outcome } from '../../protocol/run.ts';
import { setText } from './dom.ts';

const signs: Readonly<Record<Exclude<Outcome, ''>, string>> = {
  TP: '●',
  FP: '▲',
  FN: '✕',
  TN: '✓',
};

/** Fills an element of class `outcome`; hidden where nothing was judged. */
export function showOutcome(badge: HTMLElement, outcome: Outcome): void {
  setText(badge, outcome === '' ? '' : `${signs[outcome]} ${outcome}`);
  badge.hidden = outcome === '';
  badge.dataset['outcome'] = outcome;
}
