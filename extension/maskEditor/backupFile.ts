/** A backup of a mask as the file that VS Code asks for. */
import * as vscode from 'vscode';
import { errorText } from '../../protocol/errors.ts';
import type { Services } from '../context.ts';
import { packBackup } from './backup.ts';
import type { Backup } from './backup.ts';

export async function writeBackup(
  { log }: Services,
  destination: vscode.Uri,
  backup: Backup,
): Promise<vscode.CustomDocumentBackup> {
  await vscode.workspace.fs.writeFile(destination, await packBackup(backup));
  const remove = async (): Promise<void> => {
    try {
      await vscode.workspace.fs.delete(destination);
    } catch (error) {
      if (!(error instanceof vscode.FileSystemError) || error.code !== 'FileNotFound') {
        log.warn(`${destination.fsPath}: ${errorText(error)}`);
      }
    }
  };
  return { id: destination.toString(), delete: () => void remove() };
}
