/** Says something to a screen reader without moving the focus. */
import { make } from './dom.ts';

export interface Announcer {
  readonly element: HTMLElement;
  say(text: string): void;
}

/** Two regions take turns, so that the same sentence is heard again. */
export function createAnnouncer(): Announcer {
  const regions = [make('div', { role: 'status' }), make('div', { role: 'status' })] as const;
  let turn: 0 | 1 = 0;
  return {
    element: make('div', { class: 'visually-hidden' }, ...regions),
    say: (text) => {
      regions[turn].textContent = '';
      turn = turn === 0 ? 1 : 0;
      regions[turn].textContent = text;
    },
  };
}
