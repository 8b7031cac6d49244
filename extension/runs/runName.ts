/** What a run may be called: the same when it is begun and when it is renamed. */
import * as vscode from 'vscode';

const mostCharacters = 80;

/** What is wrong with a typed name; undefined if nothing is. */
export function nameProblem(typed: string): string | undefined {
  const { length } = typed.trim();
  if (length > 0 && length <= mostCharacters) return undefined;
  return vscode.l10n.t('A name of 1 to {0} characters.', mostCharacters);
}
