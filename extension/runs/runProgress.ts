/** A notification with a Cancel button for each run that trains, also for one picked up after a reload. */
import * as vscode from 'vscode';
import type { NothingLearned } from '../../protocol/learning.ts';
import { plainText } from '../../protocol/plainText.ts';
import type { RunItem } from '../../protocol/runView.ts';
import type { RunStore } from './runStore.ts';
import { figure, isRunning, nothingLearnedText, progressText, shortName } from './runTexts.ts';

/** Epochs done, as a share of all in percent. */
function percentOf(run: RunItem): number {
  if (run.epochs === null) return 0;
  const inEpoch = run.step === null ? 0 : run.step.done / Math.max(1, run.step.total);
  return (100 * Math.min(run.epochs, (run.epoch ?? 0) + inEpoch)) / run.epochs;
}

/** Says figures, as a warning where they mean nothing. */
export async function tellOfFigures(
  text: string,
  why: NothingLearned | null,
  ...buttons: readonly string[]
): Promise<string | undefined> {
  if (why === null) return await vscode.window.showInformationMessage(text, ...buttons);
  const meaning = vscode.l10n.t('The run {0}.', nothingLearnedText(why, vscode.l10n));
  return await vscode.window.showWarningMessage(`${text} ${meaning}`, ...buttons);
}

function tellOfEnd(run: RunItem): void {
  if (run.state === 'finished') {
    const images = vscode.l10n.t('Show Images');
    const text = vscode.l10n.t(
      'SegDec: {0} is trained, AP {1} on {2}.',
      shortName(run),
      figure(run.averagePrecision),
      run.split ?? '',
    );
    void tellOfFigures(text, run.nothingLearned, images).then((chosen) => {
      if (chosen === images) void vscode.commands.executeCommand('segdec.images.focus');
    });
    return;
  }
  if (run.state === 'cancelled') return;
  const resume = vscode.l10n.t('Resume');
  const text =
    run.state === 'stopped'
      ? vscode.l10n.t('SegDec: the process of {0} ended without a word.', shortName(run))
      : vscode.l10n.t('SegDec: {0} failed: {1}', shortName(run), plainText(run.message ?? ''));
  void vscode.window.showErrorMessage(text, resume).then((chosen) => {
    if (chosen === resume) void vscode.commands.executeCommand('segdec.runs.resume', run);
  });
}

class RunNotifications {
  readonly #runs: RunStore;
  /** Runs seen running, whose end is to be told. */
  readonly #followed = new Map<string, () => void>();

  constructor(runs: RunStore) {
    this.#runs = runs;
  }

  update(): void {
    for (const run of this.#runs.running) if (!this.#followed.has(run.run)) this.#follow(run);
    for (const [folder, end] of this.#followed) {
      const run = this.#runs.find(folder);
      if (run !== undefined && isRunning(run)) continue;
      this.#followed.delete(folder);
      end();
      if (run !== undefined) tellOfEnd(run);
    }
  }

  #follow(run: RunItem): void {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#followed.set(run.run, end);
    if (!vscode.workspace.getConfiguration('segdec').get<boolean>('runs.notify', true)) return;
    void vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('SegDec: training {0}', shortName(run)),
        cancellable: true,
      },
      async (notification, token) => {
        let shown = 0;
        const report = (): void => {
          const now = this.#runs.find(run.run);
          if (now === undefined) return;
          const percent = percentOf(now);
          notification.report({
            message: progressText(now, vscode.l10n),
            increment: Math.max(0, percent - shown),
          });
          shown = Math.max(shown, percent);
        };
        const asked = token.onCancellationRequested(
          () => void vscode.commands.executeCommand('segdec.runs.cancel', run),
        );
        const heard = this.#runs.onDidChange(report);
        report();
        await ended;
        asked.dispose();
        heard.dispose();
      },
    );
  }
}

/** Follows runs for as long as the extension is active. */
export function notifyOfRuns(runs: RunStore): vscode.Disposable {
  const notifications = new RunNotifications(runs);
  notifications.update();
  return runs.onDidChange(() => notifications.update());
}
