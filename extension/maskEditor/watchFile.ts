/** Hears when a file is made, changed or removed. */
import * as vscode from 'vscode';

export function watchFile(file: string, heard: () => void): vscode.Disposable {
  // A folder's files, not a pattern of the name: a name may hold what patterns understand.
  const folder = vscode.Uri.joinPath(vscode.Uri.file(file), '..');
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
  const hear = ({ fsPath }: vscode.Uri): void => {
    if (fsPath === file) heard();
  };
  const listening = [watcher.onDidCreate(hear), watcher.onDidChange(hear)];
  return vscode.Disposable.from(watcher, ...listening, watcher.onDidDelete(hear));
}
