/** The page of the training view. */
import '../widgets/jitless.ts';
import '@vscode/codicons/dist/codicon.css';
import '../widgets/base.css';
import '../widgets/chart.css';
import './training.css';
import type { FromTraining, ToTraining } from '../../protocol/webview.ts';
import { toTraining } from '../../protocol/webview.ts';
import { connect } from '../widgets/host.ts';
import { TrainingApp } from './app.ts';

const root = document.getElementById('root');
let app: TrainingApp | undefined;

const host = connect<ToTraining, FromTraining>(toTraining, (message) => {
  if (message.type !== 'start') app?.take(message);
  else if (root !== null && app === undefined) {
    const { words, place } = message;
    app = new TrainingApp(root, (answer) => host.post(answer), words, place.name);
    host.keepState({ place });
  }
});

host.post({ type: 'ready' });
