/** The line above a view that says that the server is away, or what is wrong with what is shown. */
import type { ViewStatus } from '../../protocol/webview.ts';
import { button, icon, make, setText } from './dom.ts';

export interface StatusBar {
  readonly element: HTMLElement;
  show(status: ViewStatus): void;
}

export interface StatusBarParts {
  readonly restart: string;
  readonly showLog: string;
  readonly act: (action: 'restart' | 'showLog') => void;
}

export function createStatusBar({ restart, showLog, act }: StatusBarParts): StatusBar {
  const text = make('span', { class: 'status-text' });
  const actions = make(
    'span',
    { class: 'status-actions' },
    button({ label: restart, press: () => act('restart') }),
    button({ label: showLog, press: () => act('showLog') }),
  );
  const element = make(
    'div',
    { class: 'status', role: 'status', hidden: true },
    ...[icon('warning'), text, actions],
  );
  return {
    element,
    show: ({ state, message }) => {
      element.hidden = state === 'ready' && message === '';
      element.dataset['state'] = state;
      actions.hidden = state !== 'away';
      setText(text, message);
    },
  };
}
