/**
 * "Train segdec" asks little: everything is filled in from the project, with an estimate of time and memory;
 * Enter begins, and each line can be changed first.
 */
import { byCount } from '../../protocol/counted.ts';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import { presetNames } from '../../protocol/run.ts';
import type { TrainEstimate, TrainOptions } from '../../protocol/runView.ts';
import { askValue } from '../askValue.ts';
import type { Services } from '../context.ts';
import { showError } from '../errors.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { nameProblem } from './runName.ts';
import { durationText, gibibyteText } from './runTexts.ts';

/** What a run would be asked to be, and what it would then be. */
interface Plan {
  readonly options: TrainOptions;
  readonly estimate: TrainEstimate;
}

/** Makes a plan of options. Throws where they cannot be, as the server says. */
type Planner = (options: TrainOptions) => Promise<Plan>;

/** Asks for another value; undefined when the person went back. */
type Change = (plan: Plan, planned: Planner) => Promise<Plan | undefined>;

interface Line extends vscode.QuickPickItem {
  /** Absent: begins. */
  readonly change?: Change;
}

const valueOf = ({ values }: TrainEstimate, name: string): string =>
  values.find((value) => value.name === name)?.value ?? '';
const originOf = ({ values }: TrainEstimate, name: string): string =>
  values.find((value) => value.name === name)?.from ?? '';

interface NumberQuestion {
  readonly prompt: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

/** Asks for a whole number, and plans with it. */
function askNumber(
  { prompt, value, least, most }: NumberQuestion,
  take: (value: number) => Promise<Plan>,
): Promise<Plan | undefined> {
  return askValue({
    ...{ title: titleOfChange(), prompt, value: String(value) },
    problemOf: (typed) => {
      const number = Number(typed);
      if (/^\d+$/.test(typed.trim()) && number >= least && number <= most) return undefined;
      return vscode.l10n.t('A whole number from {0} to {1}.', least, most);
    },
    take: (typed) => take(Number(typed)),
  });
}

const titleOfChange = (): string => vscode.l10n.t('Train segdec: Change a Value');

const changePreset: Change = async ({ options, estimate: { preset } }, planned) => {
  const picked = await vscode.window.showQuickPick(
    presetNames.map((name) => ({
      label: name,
      description: name === preset ? vscode.l10n.t('current') : '',
    })),
    { title: vscode.l10n.t('Preset: the published settings to start from'), ignoreFocusOut: true },
  );
  const chosen = presetNames.find((name) => name === picked?.label);
  return chosen && (await planned({ ...options, preset: chosen }));
};

const changeMasks: Change = ({ options, estimate: { masksUsed, masksUsable } }, planned) =>
  askNumber(
    {
      prompt: vscode.l10n.t(
        'Defective images whose mask is used, of {0} with one',
        ...[masksUsable],
      ),
      ...{ value: masksUsed, least: 0, most: masksUsable },
    },
    (wanted) => planned({ ...options, segmented: wanted === masksUsable ? 'all' : wanted }),
  );

const changeEpochs: Change = ({ options, estimate: { epochs } }, planned) =>
  askNumber({ prompt: vscode.l10n.t('Epochs'), value: epochs, least: 1, most: 100_000 }, (wanted) =>
    planned({ ...options, epochs: wanted }),
  );

/** The network halves its input three times. */
const isSide = (pixels: number): boolean => pixels > 0 && pixels % 8 === 0;

const changeSize: Change = ({ options, estimate }, planned) => {
  const shown = /"width":(\d+),"height":(\d+)/.exec(valueOf(estimate, 'size'));
  return askValue({
    title: titleOfChange(),
    prompt: vscode.l10n.t('Input size of the network, WIDTHxHEIGHT, multiples of 8'),
    value: shown === null ? '' : `${shown[1] ?? ''}x${shown[2] ?? ''}`,
    problemOf: (typed) =>
      /^\d+x\d+$/.test(typed.trim()) && typed.split('x').map(Number).every(isSide)
        ? undefined
        : vscode.l10n.t('WIDTHxHEIGHT, each a multiple of 8, such as 232x640.'),
    take: (typed) => {
      const [width = 0, height = 0] = typed.trim().split('x').map(Number);
      return planned({ ...options, size: { width, height } });
    },
  });
};

const changeName: Change = ({ options }, planned) =>
  askValue({
    title: titleOfChange(),
    prompt: vscode.l10n.t('A name for the run'),
    value: options.name ?? '',
    problemOf: nameProblem,
    take: (typed) => planned({ ...options, name: typed.trim() }),
  });

function sizeText(estimate: TrainEstimate): string {
  const parts = /"width":(\d+),"height":(\d+)/.exec(valueOf(estimate, 'size'));
  return parts === null ? valueOf(estimate, 'size') : `${parts[1] ?? ''} x ${parts[2] ?? ''}`;
}

const supervisionText = ({ masksUsed, masksUsable }: TrainEstimate): string =>
  byCount(
    masksUsable,
    vscode.l10n.t('Supervision: {0} of 1 mask', masksUsed),
    vscode.l10n.t('Supervision: {0} of {1} masks', masksUsed, masksUsable),
  );

function linesOf({ estimate, options }: Plan): Line[] {
  const { positives, negatives, epochs, preset } = estimate;
  return [
    {
      label: `$(play) ${vscode.l10n.t('Start training')}`,
      description: vscode.l10n.t(
        'about {0}, {1}',
        durationText(estimate.seconds),
        gibibyteText(estimate.memoryBytes),
      ),
      detail:
        estimate.refusal ??
        vscode.l10n.t('Images to train on: {0} good, {1} defective', negatives, positives),
    },
    { label: vscode.l10n.t('Change first'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: `$(settings) ${vscode.l10n.t('Preset: {0}', preset)}`,
      description: originOf(estimate, 'preset'),
      change: changePreset,
    },
    {
      label: `$(symbol-color) ${supervisionText(estimate)}`,
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
      change: showValues,
    },
  ];
}

/** Lists every value; whatever is pressed then goes back to where it was asked for. */
const showValues: Change = async ({ estimate }) => {
  const rows = estimate.values.map(({ name, value, from }) => ({
    label: name,
    description: value,
    detail: from,
  }));
  await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('Every value of the run, and where it comes from'),
    placeHolder: vscode.l10n.t('Escape or Enter goes back'),
    ...{ matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true },
  });
  return undefined;
};

/** As the server says why a choice cannot be; what was chosen before stays. */
async function changed(line: Line, plan: Plan, planned: Planner): Promise<Plan> {
  try {
    return (await line.change?.(plan, planned)) ?? plan;
  } catch (error) {
    if (error instanceof ServerAway) throw error;
    await showError(error);
    return plan;
  }
}

/** Asks until the person begins or leaves; undefined when they leave. */
async function askOptions(
  services: Services,
  project: ProjectInfo,
): Promise<TrainOptions | undefined> {
  const planned: Planner = async (options) => {
    const estimate = await vscode.window.withProgress(
      { location: { viewId: 'segdec.runs' }, title: vscode.l10n.t('Estimating') },
      () => services.server.request(requests.runEstimate, { project: project.id, options }),
    );
    return { options, estimate };
  };
  let plan = await planned({});
  /** A choice that this machine cannot do is none; what the project itself asks for can be changed in steps. */
  const possible: Planner = async (options) => {
    const next = await planned(options);
    const { refusal } = next.estimate;
    if (refusal !== null && refusal !== plan.estimate.refusal) throw new UserError(refusal);
    return next;
  };
  for (;;) {
    const picked = await vscode.window.showQuickPick(linesOf(plan), {
      title: vscode.l10n.t('Train segdec on {0}', project.name),
      placeHolder: vscode.l10n.t('Enter starts; choose a line to change it'),
      ignoreFocusOut: true,
    });
    if (picked === undefined) return undefined;
    if (picked.change === undefined) return plan.options;
    plan = await changed(picked, plan, possible);
  }
}

/**
 * Asks for options and begins, on the project that is `passed` or the current one; gives the new run's folder,
 * or undefined when the person left.
 */
export async function train(services: Services, passed: unknown): Promise<string | undefined> {
  const project = services.projects.about(passed);
  if (project === undefined || (project.images === 0 && !project.reading)) {
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
