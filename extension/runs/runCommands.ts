/** The commands about runs, from the palette (which asks for the run) and from the view. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { requests } from '../../protocol/messages.ts';
import type { RunItem } from '../../protocol/runView.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { imagesText } from '../explorer/texts.ts';
import { inTime } from '../inTime.ts';
import { withTaskProgress } from '../taskProgress.ts';
import { nameProblem } from './runName.ts';
import { tellOfFigures } from './runProgress.ts';
import type { RunStore } from './runStore.ts';
import {
  descriptionOf,
  figure,
  isResumable,
  isRunning,
  shortName,
  stateIcons,
} from './runTexts.ts';
import { fromView, keepFocus } from './runsView.ts';
import type { RunsView } from './runsView.ts';
import { train } from './trainCommand.ts';

export interface RunCommandDependencies {
  readonly services: Services;
  readonly runs: RunStore;
  readonly view: RunsView;
  /** The live views of runs. */
  readonly training: {
    readonly open: (run: string, preserveFocus?: boolean) => void;
    readonly active: () => string | undefined;
  };
}

/** What a key binding of a run's page passes: VS Code tells the commands of web views nothing. */
const fromPage = 'page';

type Choose = (
  args: readonly unknown[],
  which: (run: RunItem) => boolean,
  none: string,
) => Promise<RunItem | undefined>;

/** Milliseconds that a command waits for the list of runs. */
const patience = 30_000;

async function listAnew(runs: RunStore): Promise<void> {
  const late = vscode.l10n.t('The SegDec server has not listed the runs in time; try that again.');
  await vscode.window.withProgress({ location: { viewId: 'segdec.runs' } }, () =>
    inTime(runs.refresh(), patience, late),
  );
}

/**
 * The run that VS Code passed (a line of the view, a code lens, the training view) or that a key of the view
 * means; else the only one that fits, or the one picked. Undefined when the person left.
 */
function chooser({ runs, view, training }: RunCommandDependencies): Choose {
  return async (args, which, none) => {
    const passed = args[0] === fromPage ? { run: training.active() } : args[0];
    const named = (): RunItem | undefined =>
      passed === fromView ? view.selected : runs.named(passed);
    const known = named();
    if (known !== undefined && which(known)) return known;
    // Nobody is told that there is none by an old list: the server may just have been started again, and runs
    // begin and end elsewhere.
    await listAnew(runs);
    const about = named();
    if (about !== undefined) {
      if (which(about)) return about;
      throw new UserError(none);
    }
    // What was clicked must not stand for another run that happens to be there.
    if (args.length > 0 && passed !== fromView) {
      throw new UserError(vscode.l10n.t('That run is not in the list of runs; refresh it first.'));
    }
    const fitting = runs.runs.filter(which);
    if (fitting.length === 0) throw new UserError(none);
    if (fitting.length === 1) return fitting[0];
    const picked = await vscode.window.showQuickPick(
      fitting.map((run) => ({
        label: `$(${run.active ? 'star-full' : stateIcons[run.state]}) ${shortName(run)}`,
        description: descriptionOf(run, vscode.l10n),
        run,
      })),
      { title: vscode.l10n.t('Which run?') },
    );
    return picked?.run;
  };
}

async function evaluate({ server }: Services, { run }: RunItem): Promise<void> {
  const { metrics, split, shippedThreshold, atShippedThreshold, nothingLearned } =
    await withTaskProgress(vscode.l10n.t('SegDec: evaluating'), (options) =>
      server.request(requests.runEvaluate, { run }, options),
    );
  const { falsePositives, falseNegatives } = atShippedThreshold;
  const text = vscode.l10n.t(
    'SegDec: AP {0} on {1}; at the threshold {2}, false positives: {3}, false negatives: {4}.',
    ...[figure(metrics.averagePrecision), split, figure(shippedThreshold.value)],
    ...[falsePositives, falseNegatives],
  );
  void tellOfFigures(text, nothingLearned);
}

async function exportOnnx({ server }: Services, run: RunItem): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export as ONNX'),
    defaultUri: vscode.Uri.joinPath(vscode.Uri.file(run.run), '..', '..', '..', 'model.onnx'),
    filters: { ONNX: ['onnx'] },
  });
  if (target === undefined) return;
  const { file, checkedImages } = await withTaskProgress(
    vscode.l10n.t('SegDec: exporting'),
    (options) => server.request(requests.runExport, { run: run.run, file: target.fsPath }, options),
  );
  const reveal = vscode.l10n.t('Reveal');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'SegDec: wrote {0}. Scored alike from the file: {1}.',
      ...[file, imagesText(checkedImages, vscode.l10n)],
    ),
    reveal,
  );
  if (chosen === reveal) {
    await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(file));
  }
}

async function rename({ server }: Services, run: RunItem): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Rename Run'),
    value: shortName(run),
    validateInput: nameProblem,
  });
  if (name === undefined) return;
  await server.request(requests.runRename, { run: run.run, name: name.trim() });
}

async function remove({ server }: Services, run: RunItem): Promise<void> {
  // The first button is what Enter presses.
  const [keep, button] = [vscode.l10n.t('Keep'), vscode.l10n.t('Delete')];
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the run {0}?', shortName(run)),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Its weights, scores and heat maps in {0} are removed for good.',
        run.run,
      ),
    },
    ...[keep, button],
  );
  if (chosen === button) await server.request(requests.runDelete, { run: run.run });
}

async function trainAndShow(
  { services, training }: RunCommandDependencies,
  passed: unknown,
): Promise<void> {
  const run = await train(services, passed);
  if (run !== undefined) training.open(run);
}

/** The table. */
export function runCommands(dependencies: RunCommandDependencies): CommandTable {
  const { services, runs, training } = dependencies;
  const { server } = services;
  const choose = chooser(dependencies);
  const hasWeights = (run: RunItem): boolean => run.hasWeights;
  const ended = (run: RunItem): boolean => !isRunning(run);
  const noWeights = vscode.l10n.t('This needs a run with weights: train first.');
  const live = vscode.l10n.t(
    'That run is still going: cancel it first, then it can be renamed or deleted.',
  );
  const onRun =
    (which: (run: RunItem) => boolean, none: string, act: (run: RunItem) => Promise<unknown>) =>
    async (...args: readonly unknown[]): Promise<void> => {
      const run = await choose(args, which, none);
      if (run === undefined) return;
      await act(run);
      await runs.refresh();
    };
  const resume = onRun(
    isResumable,
    vscode.l10n.t(
      'There is no run to resume: only one that was cancelled, killed or failed can go on.',
    ),
    (run) => server.request(requests.runResume, { run: run.run }),
  );
  const cancel = onRun(isRunning, vscode.l10n.t('No run is going on.'), (run) =>
    server.request(requests.runCancel, { run: run.run }),
  );
  const evaluateRun = onRun(hasWeights, noWeights, (run) => evaluate(services, run));
  const exportRun = onRun(hasWeights, noWeights, (run) => exportOnnx(services, run));
  const needsServer = { whenStopped: 'start-first' } as const;
  const computing = { ...needsServer, needsTrust: true };
  return {
    train: { ...computing, run: (passed) => trainAndShow(dependencies, passed) },
    resume: { ...computing, run: resume },
    'runs.resume': { ...computing, run: resume },
    cancel: { ...needsServer, run: cancel },
    'runs.cancel': { ...needsServer, run: cancel },
    evaluate: { ...computing, run: evaluateRun },
    'runs.evaluate': { ...computing, run: evaluateRun },
    exportOnnx: { ...computing, run: exportRun },
    'runs.export': { ...computing, run: exportRun },
    'runs.refresh': { ...needsServer, run: () => runs.refresh() },
    'runs.activate': {
      ...needsServer,
      run: onRun(hasWeights, noWeights, async (run) => {
        const project = runs.projectOf(run.run);
        if (project !== undefined) {
          await server.request(requests.runActivate, { project, run: run.run });
        }
      }),
    },
    'runs.rename': { ...needsServer, run: onRun(ended, live, (run) => rename(services, run)) },
    'runs.delete': { ...needsServer, run: onRun(ended, live, (run) => remove(services, run)) },
    'runs.openFolder': {
      whenStopped: 'works',
      run: onRun(
        () => true,
        vscode.l10n.t('There is no run yet: train first.'),
        async ({ run }) => {
          await vscode.commands.executeCommand(
            'revealInExplorer',
            vscode.Uri.file(`${run}/run.json`),
          );
        },
      ),
    },
    'runs.showTraining': {
      ...needsServer,
      run: async (...args) => {
        const none = vscode.l10n.t('There is no run yet: train first.');
        const run = await choose(args, () => true, none);
        if (run !== undefined) training.open(run.run, args[1] === keepFocus);
      },
    },
  };
}
