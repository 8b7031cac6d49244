/** The page of the mask editor. */
import '../widgets/jitless.ts';
import '@vscode/codicons/dist/codicon.css';
import '../widgets/base.css';
import './styles.css';
import type { FromMaskEditor, ToMaskEditor } from '../../protocol/maskEditor.ts';
import { toMaskEditor } from '../../protocol/maskEditor.ts';
import { connect } from '../widgets/host.ts';
import { keepingState } from '../widgets/stateKeeper.ts';
import { MaskApp } from './app.ts';
import { keptSchema } from './keeping.ts';

const root = document.getElementById('root');
let app: MaskApp | undefined;

const host = connect<ToMaskEditor, FromMaskEditor>(toMaskEditor, (message) => {
  if (message.type !== 'start') pass(message);
  else if (root !== null && app === undefined) {
    app = new MaskApp(root, message, host.keptState(keptSchema), {
      post: (answer) => host.post(answer),
      keep: () => keepState(),
    });
  }
});

function pass(message: Exclude<ToMaskEditor, { type: 'start' }>): void {
  try {
    app?.take(message);
  } catch (error) {
    // Of another size than the image: as good as not understood.
    if (!(error instanceof RangeError)) throw error;
    // eslint-disable-next-line no-console -- a page has no other log
    console.warn(`A message was ignored: ${message.type}: ${error.message}.`);
  }
}

const keepState = keepingState(host, () => app?.kept());

host.post({ type: 'ready' });
