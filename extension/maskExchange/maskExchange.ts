/** Masks from other programs and for them: what to take or make, where, what becomes of masks that are there. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type {
  ExistingRule,
  ExportFormat,
  MaskImportParams,
  MaskImportReport,
} from '../../protocol/maskExchange.ts';
import { requests } from '../../protocol/messages.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { withTaskProgress } from '../taskProgress.ts';
import { exportChoices, importChoices } from './choices.ts';
import type { ImportChoice } from './choices.ts';
import { exportSentence, findingsText, importQuestion, importSentence } from './sentences.ts';

async function pickSource({ isFolder }: ImportChoice): Promise<string | undefined> {
  const [picked] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: !isFolder,
      canSelectFolders: isFolder,
      openLabel: vscode.l10n.t('Import'),
      title: isFolder
        ? vscode.l10n.t('Folder to import masks from')
        : vscode.l10n.t('File to import masks from'),
    })) ?? [];
  return picked?.fsPath;
}

/** What is said of it, with a page of all findings a button away. */
async function tell(
  sentence: string,
  findings: MaskImportReport['findings'],
  show: (text: string, ...buttons: string[]) => Thenable<string | undefined>,
): Promise<void> {
  const button = vscode.l10n.t('Show Findings');
  const chosen = await show(sentence, ...(findings.total > 0 ? [button] : []));
  if (chosen !== button) return;
  const content = findingsText(sentence, findings);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
}

/** Asks with the numbers of a trial; undefined when it is better left. */
async function ruleFor(trial: MaskImportReport): Promise<ExistingRule | undefined> {
  const buttons = new Map<string, ExistingRule>();
  if (trial.written + trial.labelled > 0) buttons.set(vscode.l10n.t('Import'), 'keep');
  if (trial.kept > 0) {
    buttons.set(vscode.l10n.t('Import and Replace'), 'replace');
    buttons.set(vscode.l10n.t('Import and Unite'), 'add');
  }
  const { question, detail } = importQuestion(trial);
  const options = { modal: true, detail };
  const chosen = await vscode.window.showWarningMessage(question, options, ...buttons.keys());
  return chosen === undefined ? undefined : buttons.get(chosen);
}

async function importMasks(services: Services, passed: unknown): Promise<void> {
  const { server } = services;
  const project = services.projects.needed(passed);
  const title = vscode.l10n.t('Import masks from');
  const choice = await vscode.window.showQuickPick(importChoices(), {
    title,
    matchOnDescription: true,
  });
  const source = choice && (await pickSource(choice));
  if (choice === undefined || source === undefined) return;
  const { format } = choice;
  const what: MaskImportParams = { project: project.id, source, ...(format && { format }) };
  const trial = await withTaskProgress(vscode.l10n.t('SegDec: looking at the masks'), (options) =>
    server.request(requests.maskImport, { ...what, dryRun: true }, options),
  );
  // Masks that are there from an import which broke off may lack their labels alone.
  if (trial.written + trial.kept + trial.labelled === 0) {
    await tell(importSentence(trial), trial.findings, vscode.window.showWarningMessage);
    return;
  }
  const existing = await ruleFor(trial);
  if (existing === undefined) return;
  const done = await withTaskProgress(vscode.l10n.t('SegDec: importing masks'), (options) =>
    server.request(requests.maskImport, { ...what, format: trial.format, existing }, options),
  );
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const show = done.lost > 0 ? showWarningMessage : showInformationMessage;
  await tell(importSentence(done), done.findings, show);
}

/** Where to write; undefined when that was given up. */
async function pickOutput(format: ExportFormat, dataset: string): Promise<string | undefined> {
  const openLabel = vscode.l10n.t('Export');
  if (format !== 'png') {
    const name = format === 'coco' ? 'annotations.json' : 'train.csv';
    const defaultUri = vscode.Uri.joinPath(vscode.Uri.file(dataset), '..', name);
    // The dialog itself asks before a file is replaced.
    return (await vscode.window.showSaveDialog({ saveLabel: openLabel, defaultUri }))?.fsPath;
  }
  const title = vscode.l10n.t('Folder to export masks to');
  const dialog = { canSelectFiles: false, canSelectFolders: true, openLabel, title };
  const [folder] = (await vscode.window.showOpenDialog(dialog)) ?? [];
  if (folder === undefined) return undefined;
  const isEmpty = (await readdir(folder.fsPath)).length === 0;
  if (isEmpty) return folder.fsPath;
  const below = vscode.l10n.t('Export into a New Folder There');
  const over = vscode.l10n.t('Export Over It');
  const question = vscode.l10n.t('{0} is not empty.', folder.fsPath);
  const detail = vscode.l10n.t('Masks of the same names in it would be replaced.');
  const chosen = await vscode.window.showWarningMessage(
    question,
    { modal: true, detail },
    ...[below, over],
  );
  if (chosen === below) return join(folder.fsPath, 'segdec-masks');
  return chosen === over ? folder.fsPath : undefined;
}

async function exportMasks(services: Services, passed: unknown): Promise<void> {
  const { server } = services;
  const project = services.projects.needed(passed);
  const title = vscode.l10n.t('Export masks as');
  const choice = await vscode.window.showQuickPick(exportChoices(), { title });
  const output = choice && (await pickOutput(choice.format, project.dataset));
  if (choice === undefined || output === undefined) return;
  const what = { project: project.id, format: choice.format, output, overwrite: true };
  const done = await withTaskProgress(vscode.l10n.t('SegDec: exporting masks'), (options) =>
    server.request(requests.maskExport, what, options),
  );
  await tell(exportSentence(done), done.findings, vscode.window.showInformationMessage);
}

/** The table. */
export function maskExchangeCommands(services: Services): CommandTable {
  const needsServer = { whenStopped: 'start-first' } as const;
  return {
    importMasks: { ...needsServer, run: (passed) => importMasks(services, passed) },
    exportMasks: { ...needsServer, run: (passed) => exportMasks(services, passed) },
  };
}
