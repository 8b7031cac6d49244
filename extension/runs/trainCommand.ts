/**
 * "Train segdec" asks little: everything is filled in from the project, with an estimate of time and memory;
 * Enter begins, and each line can be changed first.
 */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import { presetNames } from '../../protocol/run.ts';
import type { TrainEstimate, TrainOptions } from '../../protocol/runView.ts';
import type { Services } from '../context.ts';
import { nameProblem } from './runName.ts';
import { durationText, gibibyteText } from './runTexts.ts';

type Change = (options: TrainOptions, estimate: TrainEstimate) => Promise<TrainOptions | undefined>;

interface Line extends vscode.QuickPickItem {
  readonly change?: Change;
  readonly explain?: true;
}

const valueOf = ({ values }: TrainEstimate, name: string): string =>
  values.find((value) => value.name === name)?.value ?? '';
const originOf = ({ values }: TrainEstimate, name: string): string =>
  values.find((value) => value.name === name)?.from ?? '';

/** Asks for a whole number; undefined when the person went back. */
async function askNumber(
  prompt: string,
  value: number,
  most: number,
  least: number,
): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    prompt,
    value: String(value),
    validateInput: (typed) => {
      const number = Number(typed);
      if (/^\d+$/.test(typed.trim()) && number >= least && number <= most) return undefined;
      return vscode.l10n.t('A whole number from {0} to {1}.', least, most);
    },
  });
  return text === undefined ? undefined : Number(text);
}

const changePreset: Change = async (options, { preset }) => {
  const picked = await vscode.window.showQuickPick(
    presetNames.map((name) => ({
      label: name,
      description: name === preset ? vscode.l10n.t('current') : '',
    })),
    { title: vscode.l10n.t('Preset: the published settings to start from') },
  );
  const chosen = presetNames.find((name) => name === picked?.label);
  return chosen && { ...options, preset: chosen };
};

const changeMasks: Change = async (options, { masksUsed, masksUsable }) => {
  const wanted = await askNumber(
    vscode.l10n.t('Defective images whose mask is used, of {0} with one', masksUsable),
    masksUsed,
    masksUsable,
    0,
  );
  if (wanted === undefined) return undefined;
  return { ...options, segmented: wanted === masksUsable ? 'all' : wanted };
};

const changeEpochs: Change = async (options, { epochs }) => {
  const wanted = await askNumber(vscode.l10n.t('Epochs'), epochs, 100_000, 1);
  return wanted === undefined ? undefined : { ...options, epochs: wanted };
};

/** The network halves its input three times. */
const isSide = (pixels: number): boolean => pixels > 0 && pixels % 8 === 0;

const changeSize: Change = async (options, estimate) => {
  const shown = /"width":(\d+),"height":(\d+)/.exec(valueOf(estimate, 'size'));
  const text = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Input size of the network, WIDTHxHEIGHT, multiples of 8'),
    value: shown === null ? '' : `${shown[1] ?? ''}x${shown[2] ?? ''}`,
    validateInput: (typed) =>
      /^\d+x\d+$/.test(typed.trim()) && typed.split('x').map(Number).every(isSide)
        ? undefined
        : vscode.l10n.t('WIDTHxHEIGHT, each a multiple of 8, such as 232x640.'),
  });
  if (text === undefined) return undefined;
  const [width = 0, height = 0] = text.trim().split('x').map(Number);
  return { ...options, size: { width, height } };
};

const changeName: Change = async (options) => {
  const name = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('A name for the run'),
    value: options.name ?? '',
    validateInput: nameProblem,
  });
  return name === undefined ? undefined : { ...options, name: name.trim() };
};

function sizeText(estimate: TrainEstimate): string {
  const parts = /"width":(\d+),"height":(\d+)/.exec(valueOf(estimate, 'size'));
  return parts === null ? valueOf(estimate, 'size') : `${parts[1] ?? ''} x ${parts[2] ?? ''}`;
}

function linesOf(estimate: TrainEstimate, options: TrainOptions): Line[] {
  const { positives, negatives, masksUsed, masksUsable, epochs, preset } = estimate;
  return [
    {
      label: `$(play) ${vscode.l10n.t('Start training')}`,
      description: vscode.l10n.t(
        'about {0}, {1}',
        durationText(estimate.seconds),
        gibibyteText(estimate.memoryBytes),
      ),
      detail: vscode.l10n.t('Images to train on: {0} good, {1} defective', negatives, positives),
    },
    { label: vscode.l10n.t('Change first'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: `$(settings) ${vscode.l10n.t('Preset: {0}', preset)}`,
      description: originOf(estimate, 'preset'),
      change: changePreset,
    },
    {
      label: `$(symbol-color) ${vscode.l10n.t('Supervision: {0} of {1} masks', masksUsed, masksUsable)}`,
      description: vscode.l10n.t('all other defective images count with their label'),
      change: changeMasks,
    },
    {
      label: `$(history) ${vscode.l10n.t('Epochs: {0}', epochs)}`,
      description: originOf(estimate, 'epochs'),
      change: changeEpochs,
    },
    {
      label: `$(screen-full) ${vscode.l10n.t('Input size: {0}', sizeText(estimate))}`,
      description: originOf(estimate, 'size'),
      change: changeSize,
    },
    {
      label: `$(tag) ${vscode.l10n.t('Name: {0}', options.name ?? vscode.l10n.t("the folder's"))}`,
      change: changeName,
    },
    {
      label: `$(info) ${vscode.l10n.t('Show every value and where it comes from')}`,
      explain: true,
    },
  ];
}

async function showValues({ values }: TrainEstimate): Promise<void> {
  const width = Math.max(...values.map(({ name }) => name.length));
  const content = values.map(
    ({ name, value, from }) => `${name.padEnd(width)}  ${value}  (${from})`,
  );
  const document = await vscode.workspace.openTextDocument({ content: content.join('\n') });
  await vscode.window.showTextDocument(document, { preview: true });
}

/** Asks until the person begins or leaves; undefined when they leave. */
async function askOptions(
  services: Services,
  project: ProjectInfo,
): Promise<TrainOptions | undefined> {
  let options: TrainOptions = {};
  for (;;) {
    const asked = options;
    const estimate = await vscode.window.withProgress(
      { location: { viewId: 'segdec.runs' }, title: vscode.l10n.t('Estimating') },
      () => services.server.request(requests.runEstimate, { project: project.id, options: asked }),
    );
    const picked = await vscode.window.showQuickPick(linesOf(estimate, options), {
      title: vscode.l10n.t('Train segdec on {0}', project.name),
      placeHolder: vscode.l10n.t('Enter starts; choose a line to change it'),
      ignoreFocusOut: true,
    });
    if (picked === undefined) return undefined;
    if (picked.explain === true) {
      await showValues(estimate);
      return undefined;
    }
    if (picked.change === undefined) return options;
    options = (await picked.change(options, estimate)) ?? options;
  }
}

/**
 * Asks for options and begins, on the project that is `passed` or the current one; gives the new run's folder,
 * or undefined when the person left.
 */
export async function train(services: Services, passed: unknown): Promise<string | undefined> {
  const project = services.projects.about(passed);
  if (project === undefined || project.images === 0) {
    throw new UserError(
      vscode.l10n.t(
        'There is no dataset here: open a folder with images, or create the sample dataset.',
      ),
    );
  }
  const options = await askOptions(services, project);
  if (options === undefined) return undefined;
  const { run } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('SegDec: starting to train'),
      cancellable: true,
    },
    (_, token) =>
      services.server.request(requests.runStart, { project: project.id, options }, { token }),
  );
  return run;
}
