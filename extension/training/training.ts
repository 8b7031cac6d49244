/** The live training views: a panel a run, which comes back after a reload of the window. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type {
  FromTraining,
  ToTraining,
  TrainingAction,
  TrainingPlace,
} from '../../protocol/webview.ts';
import { fromTraining, trainingPlaceSchema } from '../../protocol/webview.ts';
import type { Services } from '../context.ts';
import { isCancelled } from '../errors.ts';
import { shortName } from '../runs/runTexts.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { Panels } from '../webviews/panels.ts';
import { TrainingSession } from './trainingSession.ts';
import type { TrainingWorld } from './trainingSession.ts';
import { absenceWords, trainingWordsNow } from './words.ts';

const commands: Readonly<Record<TrainingAction, string>> = {
  cancel: 'segdec.runs.cancel',
  resume: 'segdec.runs.resume',
  evaluate: 'segdec.runs.evaluate',
  activate: 'segdec.runs.activate',
  openFolder: 'segdec.runs.openFolder',
  rename: 'segdec.runs.rename',
  delete: 'segdec.runs.delete',
  restart: 'segdec.server.restart',
  showLog: 'segdec.server.showLog',
};

function worldOf({ server, projects, log }: Services): TrainingWorld {
  return {
    ...{ server, projects, pause: 700 },
    words: trainingWordsNow(),
    absence: absenceWords(),
    trusted: () => vscode.workspace.isTrusted,
    onTrusted: vscode.workspace.onDidGrantWorkspaceTrust,
    act: (action, run) => void vscode.commands.executeCommand(commands[action], { run }),
    shortName,
    isAway: (error) => error instanceof ServerAway || isCancelled(error),
    warn: (problem) => log.warn(problem),
  };
}

/** The training views; also brings them back after a reload of the window. */
export function createTraining(services: Services): {
  /** Shows a run (its folder) as it trains or has trained. */
  readonly open: (run: string, preserveFocus?: boolean) => void;
  /** The run (its folder) whose view is in front. */
  readonly active: () => string | undefined;
  dispose(): void;
} {
  const { extension, log } = services;
  const cacheFolder = vscode.Uri.joinPath(extension.globalStorageUri, 'cache');
  const home = { extensionUri: extension.extensionUri, cacheFolder, log };
  const panels = new Panels<TrainingPlace, ToTraining, FromTraining>(home, {
    ...{ viewType: 'segdec.training', bundle: 'training' },
    ...{ place: trainingPlaceSchema, incoming: fromTraining },
    keyOf: ({ run }) => run,
    titleOf: ({ name }) => name,
    serve: (place, view) => new TrainingSession(place, view, worldOf(services)),
  });
  return {
    open: (run, preserveFocus = false) =>
      panels.show({ run, name: shortName({ name: basename(run) }) }, { preserveFocus }),
    active: () => panels.active?.run,
    dispose: () => panels.dispose(),
  };
}
