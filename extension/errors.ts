/** Errors as people see them: one sentence, with a button where there is a way out. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { errorText } from '../protocol/errors.ts';
import { errorCodes } from '../protocol/messages.ts';
import { plainText } from '../protocol/plainText.ts';
import { ServerAway } from './server/serverHandle.ts';

const answered = z.object({
  code: z.number(),
  data: z.optional(
    z.object({
      fix: z.optional(
        z.object({
          title: z.string(),
          command: z.string(),
          arguments: z.optional(z.array(z.unknown())),
        }),
      ),
    }),
  ),
});

/** The code of an error that answered a request, if it is one. */
export function errorCodeOf(error: unknown): number | undefined {
  const parsed = answered.safeParse(error);
  return parsed.success ? parsed.data.code : undefined;
}

/** True for what ends quietly: the person cancelled. */
export function isCancelled(error: unknown): boolean {
  return error instanceof vscode.CancellationError || errorCodeOf(error) === errorCodes.cancelled;
}

/** Shows an error with its fix as a button, or with the log; where the server is away, also with a restart. */
export async function showError(error: unknown): Promise<void> {
  if (isCancelled(error) || (error instanceof ServerAway && error.isTold)) return;
  const parsed = answered.safeParse(error);
  const fix = parsed.success ? parsed.data.data?.fix : undefined;
  const buttons = new Map<string, () => Thenable<unknown>>();
  if (fix !== undefined) {
    const { title, command, arguments: args = [] } = fix;
    buttons.set(title, () => vscode.commands.executeCommand(command, ...args));
  }
  if (error instanceof ServerAway) {
    const restart = vscode.l10n.t('Restart Server');
    buttons.set(restart, () => vscode.commands.executeCommand('segdec.server.restart'));
  }
  if (fix === undefined) {
    const showLog = vscode.l10n.t('Show Log');
    buttons.set(showLog, () => vscode.commands.executeCommand('segdec.server.showLog'));
  }
  const chosen = await vscode.window.showErrorMessage(
    plainText(errorText(error)),
    ...buttons.keys(),
  );
  if (chosen !== undefined) await buttons.get(chosen)?.();
}
