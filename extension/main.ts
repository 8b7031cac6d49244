/**
 * The extension's entry: makes each feature, gives it the others it needs, and registers one table of
 * commands. Nothing heavy is loaded here; the server starts after activation, and its absence fails nothing.
 */
import * as vscode from 'vscode';
import { errorText } from '../protocol/errors.ts';
import { registerCommands } from './commands.ts';
import type { Services } from './context.ts';
import { createDecorations } from './explorer/decorations.ts';
import { createExplorer } from './explorer/explorer.ts';
import { createGrid } from './grid/grid.ts';
import { createLabelStore } from './labels/createLabelStore.ts';
import { createMaskEditor } from './maskEditor/maskEditor.ts';
import { maskExchangeCommands } from './maskExchange/maskExchange.ts';
import { openProblemsInMaskEditor, problemCommands } from './problems/problems.ts';
import { predictCommands } from './predict/predictCommands.ts';
import { OutsidePlaces } from './places.ts';
import { Projects } from './projects.ts';
import { runCommands } from './runs/runCommands.ts';
import { notifyOfRuns } from './runs/runProgress.ts';
import { RunStore } from './runs/runStore.ts';
import { createRunsView } from './runs/runsView.ts';
import { LanguageServer, keepServerTold } from './server/languageServer.ts';
import { showStatus } from './server/status.ts';
import { NestedOffers } from './setup/nestedDatasets.ts';
import { setupCommands } from './setup/setupCommands.ts';
import { createTraining } from './training/training.ts';

/** What other extensions and tests are given. */
export interface SegDecApi {
  /** Milliseconds that activation took, without loading the bundle. */
  readonly activationMilliseconds: number;
}

function makeServices(extension: vscode.ExtensionContext) {
  const log = vscode.window.createOutputChannel('SegDec', { log: true });
  const server = new LanguageServer(extension, log);
  const projects = new Projects(server, extension.workspaceState);
  const labels = createLabelStore({ server, projects, log });
  extension.subscriptions.push(log, server, keepServerTold(server, log), projects, labels);
  const services: Services = { extension, log, server, projects, labels };
  return services;
}

/** Called by VS Code when a view, a command or a folder with a dataset needs the extension. */
export function activate(extension: vscode.ExtensionContext): SegDecApi {
  const began = performance.now();
  const services = makeServices(extension);
  const runs = new RunStore(services);
  const runsView = createRunsView(runs);
  const explorer = createExplorer(services);
  const grid = createGrid(services, explorer);
  const masks = createMaskEditor(services, explorer);
  const training = createTraining(services);
  const places = new OutsidePlaces(services);
  const commands = {
    ...setupCommands(services),
    ...places.commands,
    ...explorer.commands,
    ...grid.commands,
    ...masks.commands,
    ...maskExchangeCommands(services),
    ...predictCommands(services, explorer),
    ...problemCommands(services),
    ...runCommands({ services, runs, view: runsView, training }),
  };
  extension.subscriptions.push(
    ...[runs, runsView, explorer, grid, masks, training, places],
    new NestedOffers(services),
    createDecorations(services),
    openProblemsInMaskEditor(services),
    registerCommands(commands, services),
    notifyOfRuns(runs),
    showStatus(services.server, runs),
  );
  services.server.start().catch((error: unknown) => services.log.error(errorText(error)));
  const activationMilliseconds = performance.now() - began;
  services.log.info(`Activated in ${activationMilliseconds.toFixed(1)} ms.`);
  return { activationMilliseconds };
}

/** Called by VS Code at the end; subscriptions are disposed by VS Code itself. */
export function deactivate(): void {
  return undefined;
}
