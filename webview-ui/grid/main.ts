/** The page of the grid. */
import '../widgets/jitless.ts';
import '@vscode/codicons/dist/codicon.css';
import '../widgets/base.css';
import './grid.css';
import type { FromGrid, ToGrid } from '../../protocol/webview.ts';
import { toGrid } from '../../protocol/webview.ts';
import { createAnnouncer } from '../widgets/announcer.ts';
import { connect } from '../widgets/host.ts';
import { keepingState } from '../widgets/stateKeeper.ts';
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

const keepState = keepingState(host, () => app?.kept());

host.post({ type: 'ready' });
