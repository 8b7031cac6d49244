/**
 * One table of commands for all features. A command always answers: it starts the server first, says why it
 * cannot, or works without it. A test holds the table against the manifest.
 */
import * as vscode from 'vscode';
import type { Services } from './context.ts';
import { showError } from './errors.ts';
import { inTime } from './inTime.ts';

export interface Command {
  /** Arguments are what VS Code passes: a tree item, a URI with a selection, or nothing from the palette. */
  readonly run: (...args: readonly unknown[]) => unknown;
  /** `start-first`: the server is started, or the error says why not; `works`: it needs no server. */
  readonly whenStopped: 'start-first' | 'works';
  /** It runs or infers something, which an untrusted workspace must not make us do. */
  readonly needsTrust?: boolean;
}
/** By id without the prefix `segdec.`. */
export type CommandTable = Readonly<Record<string, Command>>;

async function refusedForTrust(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return false;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'SegDec trains and predicts only in a trusted workspace; looking and labelling work here.',
    ),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return true;
}

/** Milliseconds that a command waits for a server to open the folders. */
const patience = 30_000;

/** The server runs, and what is known of the folders is its word: one that just started has yet to open them. */
async function serverIsReady({ server, projects }: Pick<Services, 'server' | 'projects'>) {
  await server.start();
  if (projects.isFresh) return;
  const location = vscode.ProgressLocation.Window;
  const title = vscode.l10n.t('SegDec: opening the folders');
  const late = vscode.l10n.t(
    'The SegDec server has not opened the folders in time; try that again.',
  );
  await vscode.window.withProgress({ location, title }, () =>
    inTime(projects.told(), patience, late),
  );
}

/** Registers all commands once; the server's state is looked up when one is called. */
export function registerCommands(
  table: CommandTable,
  services: Pick<Services, 'server' | 'projects'>,
): vscode.Disposable {
  const registered = Object.entries(table).map(([id, command]) =>
    vscode.commands.registerCommand(`segdec.${id}`, async (...args: unknown[]) => {
      try {
        if (command.needsTrust === true && (await refusedForTrust())) return undefined;
        if (command.whenStopped === 'start-first') await serverIsReady(services);
        return await command.run(...args);
      } catch (error) {
        await showError(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}
