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
import { asked } from '../asked.ts';
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

/** What is to be imported, and what becomes of masks that are there. */
type Import = MaskImportParams & { readonly existing: ExistingRule };

/** Looks at a source and asks with its numbers: undefined when the person went back, null without anything to take. */
async function plannedImport(
  { server }: Services,
  what: MaskImportParams,
): Promise<Import | null | undefined> {
  const trial = await withTaskProgress(vscode.l10n.t('SegDec: looking at the masks'), (options) =>
    server.request(requests.maskImport, { ...what, dryRun: true }, options),
  );
  // Masks that are there from an import which broke off may lack their labels alone.
  if (trial.written + trial.kept + trial.labelled === 0) {
    await tell(importSentence(trial), trial.findings, vscode.window.showWarningMessage);
    return null;
  }
  const existing = await ruleFor(trial);
  return existing && { ...what, format: trial.format, existing };
}

async function importMasks(services: Services, passed: unknown): Promise<void> {
  const project = services.projects.needed(passed).id;
  const options = { title: vscode.l10n.t('Import masks from'), matchOnDescription: true };
  const plan = await asked(
    async () => await vscode.window.showQuickPick(importChoices(), options),
    (choice) =>
      asked(
        () => pickSource(choice),
        (source) =>
          plannedImport(services, {
            project,
            source,
            ...(choice.format && { format: choice.format }),
          }),
      ),
  );
  if (!plan) return;
  const done = await withTaskProgress(vscode.l10n.t('SegDec: importing masks'), (progress) =>
    services.server.request(requests.maskImport, plan, progress),
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
  const pickFolder = async (): Promise<string | undefined> =>
    (await vscode.window.showOpenDialog(dialog))?.[0]?.fsPath;
  return await asked(pickFolder, emptyFolderAt);
}

/** Asks what to do where a folder is not empty. */
async function emptyFolderAt(folder: string): Promise<string | undefined> {
  if ((await readdir(folder)).length === 0) return folder;
  const below = vscode.l10n.t('Export into a New Folder There');
  const over = vscode.l10n.t('Export Over It');
  const question = vscode.l10n.t('{0} is not empty.', folder);
  const detail = vscode.l10n.t('Masks of the same names in it would be replaced.');
  const options = { modal: true, detail };
  const chosen = await vscode.window.showWarningMessage(question, options, ...[below, over]);
  if (chosen === below) return join(folder, 'segdec-masks');
  return chosen === over ? folder : undefined;
}

async function exportMasks(services: Services, passed: unknown): Promise<void> {
  const { server } = services;
  const project = services.projects.needed(passed);
  const title = vscode.l10n.t('Export masks as');
  const what = await asked(
    async () => await vscode.window.showQuickPick(exportChoices(), { title }),
    async ({ format }) => {
      const output = await pickOutput(format, project.dataset);
      return output === undefined ? undefined : { format, output };
    },
  );
  if (what === undefined) return;
  const done = await withTaskProgress(vscode.l10n.t('SegDec: exporting masks'), (options) =>
    server.request(requests.maskExport, { project: project.id, ...what, overwrite: true }, options),
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
