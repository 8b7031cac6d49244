/** The line above a view that says that the server is away, or what is wrong with what is shown. */
import type { ViewStatus } from '../../protocol/webview.ts';
import { button, icon, make, setText } from './dom.ts';

export interface StatusBar {
  readonly element: HTMLElement;
  show(status: ViewStatus): void;
  /** Nobody answers any more; undefined: somebody does. Said before all else. */
  lost(text: string | undefined): void;
}

export interface StatusBarParts {
  readonly restart: string;
  readonly showLog: string;
  /** Absent where nothing can be lost. */
  readonly reload?: string;
  readonly act: (action: 'restart' | 'showLog') => void;
}

const ready: ViewStatus = { state: 'ready', message: '' };

export function createStatusBar({ restart, showLog, reload, act }: StatusBarParts): StatusBar {
  const text = make('span', { class: 'status-text' });
  const actions = make(
    'span',
    { class: 'status-actions' },
    button({ label: restart, press: () => act('restart') }),
    button({ label: showLog, press: () => act('showLog') }),
  );
  // A link, for VS Code follows it without the extension.
  const way = make('a', { href: 'command:workbench.action.reloadWindow' }, reload ?? '');
  const element = make(
    'div',
    { class: 'status', role: 'status', hidden: true },
    ...[icon('warning'), text, actions, way],
  );
  let status = ready;
  let lost: string | undefined;
  const draw = (): void => {
    const { state, message } = status;
    element.hidden = lost === undefined && state === 'ready' && message === '';
    element.dataset['state'] = lost === undefined ? state : 'lost';
    actions.hidden = state !== 'away' || lost !== undefined;
    way.hidden = lost === undefined;
    setText(text, lost ?? message);
  };
  return {
    element,
    show: (next) => {
      status = next;
      draw();
    },
    lost: (next) => {
      lost = next;
      draw();
    },
  };
}
