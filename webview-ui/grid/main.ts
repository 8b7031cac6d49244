/** The page of the grid. */
import '../widgets/jitless.ts';
import '@vscode/codicons/dist/codicon.css';
import '../widgets/base.css';
import './grid.css';
import type { FromGrid, ToGrid } from '../../protocol/webview.ts';
import { toGrid } from '../../protocol/webview.ts';
import { createAnnouncer } from '../widgets/announcer.ts';
import { connect } from '../widgets/host.ts';
import { GridApp, keptSchema } from './app.ts';
import { buildGrid } from './parts.ts';

const root = document.getElementById('root');
let app: GridApp | undefined;

const host = connect<ToGrid, FromGrid>(toGrid, (message) => {
  if (message.type !== 'start') app?.take(message);
  else if (root !== null && app === undefined) {
    const { words, taste, place } = message;
    const announcer = createAnnouncer();
    const state = host.keptState(keptSchema) ?? { place, text: '' };
    const build = buildGrid(root, words, taste, announcer, (answer) => host.post(answer));
    app = new GridApp(
      (answer) => host.post(answer),
      { words, taste, kept: state },
      announcer,
      build,
    );
    keepState();
  }
});

let kept = '';

/** Written now and then, not only when the page goes: a killed window says nothing before. */
function keepState(): void {
  const state = app?.kept();
  const text = JSON.stringify(state);
  if (state === undefined || text === kept) return;
  kept = text;
  host.keepState(state);
}
window.addEventListener('pagehide', keepState);
setInterval(keepState, 1000);

host.post({ type: 'ready' });
