/** Which server is started, and how: the bundled one, with the machine's own settings alone. */
import { access, constants } from 'node:fs/promises';
import * as vscode from 'vscode';
import { ServerAway } from './serverHandle.ts';
import type { Resolution } from './serverHandle.ts';

/** Only what the person set for this machine: a workspace must not choose what is run. */
function machineSetting(name: string): unknown {
  const found = vscode.workspace.getConfiguration('segdec').inspect<unknown>(name);
  return found?.globalValue ?? found?.defaultValue;
}

/** The server to start now. */
export function resolveServer(extensionUri: vscode.Uri): Resolution {
  const runtime = machineSetting('server.runtime');
  const args = machineSetting('server.arguments');
  return {
    program: vscode.Uri.joinPath(extensionUri, 'dist', 'server.js').fsPath,
    runtime: typeof runtime === 'string' && runtime !== '' ? runtime : undefined,
    arguments: Array.isArray(args)
      ? args.filter((arg): arg is string => typeof arg === 'string')
      : [],
  };
}

export const sameResolution = (a: Resolution, b: Resolution): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Throws ServerAway with one sentence when what is to be started is not there. */
export async function assertStartable({ program, runtime }: Resolution): Promise<void> {
  if (runtime !== undefined && !(await allowed(runtime, constants.X_OK))) {
    throw new ServerAway(
      vscode.l10n.t(
        'The server cannot be started: {0} (setting segdec.server.runtime) is no program that can be run; set it to a Node program, or to null.',
        runtime,
      ),
    );
  }
  if (!(await allowed(program, constants.R_OK))) {
    throw new ServerAway(
      vscode.l10n.t('The server is missing at {0}; install the extension again.', program),
    );
  }
}

async function allowed(path: string, mode: number): Promise<boolean> {
  return await access(path, mode).then(
    () => true,
    () => false,
  );
}
