/** What a person is asked where a mask's file and its edits have parted. Undefined: the question was closed. */
import * as vscode from 'vscode';

/** When a save meets a file that somebody else has written. */
export async function askAtSave(name: string): Promise<'overwrite' | 'reload' | undefined> {
  const [overwrite, reload] = [vscode.l10n.t('Overwrite'), vscode.l10n.t('Reload')];
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('The mask of {0} was changed on disk since you opened it.', name),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Overwrite puts your mask in its place. Reload shows the one on disk; Undo gets yours back.',
      ),
    },
    // The first is what Enter presses: it must not write over somebody's file.
    ...[reload, overwrite],
  );
  if (chosen === undefined) return undefined;
  return chosen === reload ? 'reload' : 'overwrite';
}

/** When the file changes while there are edits. */
export async function askAboutChange(name: string): Promise<'keep' | 'use' | undefined> {
  const [keep, use] = [vscode.l10n.t('Keep Mine'), vscode.l10n.t("Use the File's")];
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('The mask of {0} was changed on disk, and you have edits.', name),
    ...[keep, use],
  );
  if (chosen === undefined) return undefined;
  return chosen === use ? 'use' : 'keep';
}

/** When edits come back that were on top of another file. */
export async function wantsKept(name: string): Promise<boolean> {
  const use = vscode.l10n.t("Use the File's");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'There are edits of the mask of {0} that were not saved, and its file was changed since.',
      name,
    ),
    { modal: true },
    ...[vscode.l10n.t('Keep Mine'), use],
  );
  // Nothing is lost by closing the question.
  return chosen !== use;
}
