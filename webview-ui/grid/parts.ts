/** The elements of the grid's page, put together and wired to the app. */
import type { FromGrid, GridWords, GridTaste, ViewStatus } from '../../protocol/webview.ts';
import type { Announcer } from '../widgets/announcer.ts';
import { button, make, setText } from '../widgets/dom.ts';
import { createStatusBar } from '../widgets/statusBar.ts';
import type { GridApp } from './app.ts';
import type { ListingMessage } from './arrival.ts';
import { Large } from './large.ts';
import { Toolbar } from './toolbar.ts';
import { Wall } from './wall.ts';

export interface GridParts {
  readonly wall: Wall;
  readonly toolbar: Toolbar;
  readonly large: Large;
  showStatus(status: ViewStatus): void;
  /** Marks are not heard any more, or again. */
  showLost(isLost: boolean): void;
  /** What to say in the place of images, if there are none. */
  showEmptiness(listing: ListingMessage): void;
}

function listen(app: GridApp, wall: Wall): void {
  wall.list.addEventListener('click', (event) => {
    const cell = wall.cellOf(event.target);
    if (cell !== undefined) app.press(cell, event);
  });
  wall.list.addEventListener('dblclick', () => app.open());
  wall.list.addEventListener('keydown', (event) => {
    if (!app.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  // VS Code gives the page the focus when its tab is chosen; keys then belong to the images.
  window.addEventListener('focus', () => wall.focusIfIdle());
}

/** Builds the page's content. */
export function buildGrid(
  root: HTMLElement,
  words: GridWords,
  taste: GridTaste,
  announcer: Announcer,
  post: (message: FromGrid) => void,
): (app: GridApp) => GridParts {
  return (app) => {
    const wall = new Wall(app);
    wall.list.setAttribute('aria-label', words.list);
    // VS Code's menu for pages is of cutting and pasting, of which there is nothing here.
    wall.element.dataset['vscodeContext'] = '{"preventDefaultContextMenuItems": true}';
    const toolbar = new Toolbar(words, taste, {
      taste: (next) => app.taste(next),
      preview: (size) => (wall.size = size),
      search: (text) => app.search(text),
      mark: (mark) => {
        app.mark(mark);
        wall.focus();
      },
    });
    const large = new Large(words, {
      go: (distance) => app.go(distance),
      mark: (mark) => app.mark(mark),
      toggleHeatMap: () => app.toggleHeatMap(),
      open: () => app.open(),
      reveal: () => app.reveal(),
      closed: () => wall.focus(),
      pictureFailed: () => app.largeFailed(),
    });
    const status = createStatusBar({
      ...words,
      act: (action) => post({ type: 'server', action }),
    });
    const emptyText = make('p', { role: 'status' }, words.moment);
    const clear = button({
      label: words.clearSearch,
      press: () => {
        toolbar.searchText('');
        app.search('');
      },
    });
    clear.hidden = true;
    const empty = make('div', { class: 'empty' }, emptyText, clear);
    const hint = make('footer', { class: 'hint-bar' }, words.keys);
    wall.element.classList.add('none');
    root.replaceChildren(
      ...[toolbar.element, status.element, wall.element, empty, hint],
      ...[large.element, announcer.element],
    );
    listen(app, wall);
    return {
      ...{ wall, toolbar, large },
      showStatus: (shown) => status.show(shown),
      showLost: (isLost) => status.lost(isLost ? words.lost : undefined),
      showEmptiness: ({ total, reading, filtered, text }) => {
        // Out of sight, not out of the layout: its size tells how much to ask for.
        wall.element.classList.toggle('none', total === 0);
        empty.hidden = total > 0;
        clear.hidden = text === '';
        const why = filtered || text !== '' ? words.emptyFilter : words.emptyFolder;
        setText(emptyText, reading ? words.reading : why);
      },
    };
  };
}
