/** The Runs view: a line a run, with what can be done with it. */
import * as vscode from 'vscode';
import { plainText } from '../../protocol/plainText.ts';
import type { RunItem } from '../../protocol/runView.ts';
import { inRow } from '../explorer/texts.ts';
import type { RunStore } from './runStore.ts';
import {
  contextOf,
  descriptionOf,
  isRunning,
  shortName,
  stateIcons,
  stateName,
} from './runTexts.ts';

/** Characters: what is known of the run stands behind its name. */
const mostOfName = 18;

const colours: Partial<Record<RunItem['state'], string>> = {
  finished: 'segdec.ok',
  failed: 'segdec.defective',
};

function tooltipOf(run: RunItem): vscode.MarkdownString {
  const text = new vscode.MarkdownString('');
  const line = (name: string, value: string | null): void => {
    if (value !== null && value !== '') text.appendText(`${name}: ${value}\n\n`);
  };
  line(vscode.l10n.t('Run'), run.name);
  line(
    vscode.l10n.t('State'),
    `${stateName(run.state, vscode.l10n)}, ${descriptionOf(run, vscode.l10n)}`,
  );
  line(vscode.l10n.t('Begun'), run.created && new Date(run.created).toLocaleString());
  line(vscode.l10n.t('Engine and device'), run.device);
  line(vscode.l10n.t('Message'), run.message && plainText(run.message));
  line(vscode.l10n.t('Folder'), run.run);
  return text;
}

/** What a click on a line passes beside its run: the keys of the view go on being the view's. */
export const keepFocus = 'keep-focus';

class RunsTree implements vscode.TreeDataProvider<RunItem> {
  readonly #runs: RunStore;
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(runs: RunStore) {
    this.#runs = runs;
    this.onDidChangeTreeData = runs.onDidChange;
  }

  getChildren(parent?: RunItem): RunItem[] {
    return parent === undefined ? [...this.#runs.runs] : [];
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(run: RunItem): vscode.TreeItem {
    const item = new vscode.TreeItem(inRow(shortName(run), mostOfName));
    item.id = run.run;
    item.description = descriptionOf(run, vscode.l10n);
    const colour = colours[run.state];
    item.iconPath =
      run.active && !isRunning(run)
        ? new vscode.ThemeIcon('star-full', new vscode.ThemeColor('charts.yellow'))
        : new vscode.ThemeIcon(
            stateIcons[run.state],
            colour === undefined ? undefined : new vscode.ThemeColor(colour),
          );
    item.tooltip = tooltipOf(run);
    item.contextValue = contextOf(run);
    item.accessibilityInformation = {
      label: `${shortName(run)}, ${stateName(run.state, vscode.l10n)}, ${item.description}`,
    };
    item.command = {
      title: vscode.l10n.t('Show Training'),
      command: 'segdec.runs.showTraining',
      arguments: [run, keepFocus],
    };
    return item;
  }
}

export interface RunsView {
  readonly dispose: () => void;
  /** As it is known now. */
  readonly selected: RunItem | undefined;
}

/** What a key binding of the view passes, whose commands get nothing of it otherwise. */
export const fromView = 'view';

/** Shows the view. */
export function createRunsView(runs: RunStore): RunsView {
  const view = vscode.window.createTreeView('segdec.runs', {
    treeDataProvider: new RunsTree(runs),
  });
  const told = runs.onDidChange(() => {
    const running = runs.runs.filter(isRunning).length;
    view.badge =
      running === 0
        ? undefined
        : { value: running, tooltip: vscode.l10n.t('{0} running', running) };
  });
  return {
    get selected() {
      return runs.named(view.selection[0]);
    },
    dispose: () => {
      told.dispose();
      view.dispose();
    },
  };
}
