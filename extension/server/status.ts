/** The status bar item: how the server is, what trains, on what; a click leads to log and restart. */
import * as vscode from 'vscode';
import type { RunItem } from '../../protocol/runView.ts';
import type { RunStore } from '../runs/runStore.ts';
import { progressText } from '../runs/runTexts.ts';
import type { ServerHandle, ServerState } from './serverHandle.ts';

/** What computes in this version; a run says more exactly what it used. */
const engine = 'ONNX Runtime, CPU';

function stateSentence(state: ServerState): string {
  if (state.name === 'running') return vscode.l10n.t('The server is running.');
  if (state.name === 'starting') return vscode.l10n.t('The server is starting.');
  if (state.name === 'failed') return state.error;
  return vscode.l10n.t('The server is not running: {0}.', state.why);
}

function tooltipOf(state: ServerState, running: readonly RunItem[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: ['segdec.server.showLog', 'segdec.server.restart'] };
  text.appendText(`${stateSentence(state)}\n`);
  const device = running.find((run) => run.device !== null)?.device ?? engine;
  text.appendText(`\n${vscode.l10n.t('Engine and device: {0}', device)}\n`);
  for (const run of running) text.appendText(`\n${run.name}: ${progressText(run, vscode.l10n)}\n`);
  if (state.name === 'failed' && state.lastLines.length > 0) {
    text.appendCodeblock(state.lastLines.slice(-5).join('\n'), 'text');
  }
  const [restart, log] = [vscode.l10n.t('Restart Server'), vscode.l10n.t('Show Log')];
  text.appendMarkdown(
    `\n\n[${restart}](command:segdec.server.restart) · [${log}](command:segdec.server.showLog)`,
  );
  return text;
}

const icons: Readonly<Record<ServerState['name'], string>> = {
  stopped: '$(circle-slash)',
  starting: '$(loading~spin)',
  running: '$(check)',
  failed: '$(error)',
};

/** Shows the item for as long as the extension is active. */
export function showStatus(server: ServerHandle, runs: RunStore): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    'segdec.status',
    vscode.StatusBarAlignment.Left,
    -10,
  );
  item.name = 'SegDec';
  const update = (): void => {
    const { state } = server;
    const running = runs.running;
    const [first] = running;
    item.text =
      first !== undefined && state.name === 'running'
        ? `$(sync~spin) SegDec ${progressText(first, vscode.l10n)}`
        : `${icons[state.name]} SegDec`;
    item.tooltip = tooltipOf(state, running);
    item.command =
      first === undefined
        ? 'segdec.server.showLog'
        : {
            title: vscode.l10n.t('Show Training'),
            command: 'segdec.runs.showTraining',
            arguments: [{ run: first.run }],
          };
    item.backgroundColor =
      state.name === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.accessibilityInformation = {
      label: `SegDec. ${stateSentence(state)} ${first === undefined ? '' : progressText(first, vscode.l10n)}`,
      role: 'button',
    };
    void vscode.commands.executeCommand(
      'setContext',
      'segdec.serverFailed',
      state.name === 'failed',
    );
  };
  update();
  item.show();
  return vscode.Disposable.from(item, server.onDidChangeState(update), runs.onDidChange(update));
}
