/** Getting started and looking around: sample dataset, new project, inspection, doctor, log, walkthrough. */
import { readdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { requests } from '../../protocol/messages.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { withTaskProgress } from '../taskProgress.ts';
import { pickDataset } from './nestedDatasets.ts';

const sampleName = 'segdec-sample';

/** An open folder without files, in which the sample can be made. */
async function emptyFolder(): Promise<vscode.Uri | undefined> {
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (uri.scheme === 'file' && (await readdir(uri.fsPath)).length === 0) return uri;
  }
  return undefined;
}

async function askFolder(): Promise<vscode.Uri | undefined> {
  const [parent] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Create Here'),
      title: vscode.l10n.t('Where to create the folder {0}', sampleName),
    })) ?? [];
  return parent && vscode.Uri.joinPath(parent, sampleName);
}

async function createSample({ server }: Services, passed: unknown): Promise<void> {
  const open = passed instanceof vscode.Uri ? passed : await emptyFolder();
  const folder = open ?? (await askFolder());
  if (folder === undefined) return;
  const { images } = await withTaskProgress(
    vscode.l10n.t('SegDec: drawing the sample dataset'),
    (options) => server.request(requests.sampleCreate, { folder: folder.fsPath }, options),
  );
  const isOpen = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  const text = vscode.l10n.t('SegDec: {0} images are in {1}.', images, folder.fsPath);
  if (isOpen) {
    await vscode.commands.executeCommand('segdec.images.focus');
    void vscode.window.showInformationMessage(text);
    return;
  }
  const openIt = vscode.l10n.t('Open Folder');
  const inNewWindow = vscode.l10n.t('Open in New Window');
  const chosen = await vscode.window.showInformationMessage(text, openIt, inNewWindow);
  if (chosen !== undefined) {
    await vscode.commands.executeCommand('vscode.openFolder', folder, {
      forceNewWindow: chosen === inNewWindow,
    });
  }
}

async function newProject({ server, projects }: Services): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await vscode.window.showWorkspaceFolderPick() : folders[0];
  if (folder === undefined) {
    if (folders.length > 0) return;
    const open = vscode.l10n.t('Open Folder');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('SegDec: open the folder with your images first.'),
      open,
    );
    if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
    return;
  }
  const project = projects.all.find(({ id }) => id === folder.uri.fsPath);
  const nested = project?.nested ?? [];
  const dataset = nested.length === 0 ? undefined : await pickDataset(nested);
  if (nested.length > 0 && dataset === undefined) return;
  const { file } = await server.request(requests.projectCreate, {
    folder: folder.uri.fsPath,
    ...(dataset === undefined ? {} : { dataset }),
  });
  await vscode.window.showTextDocument(vscode.Uri.file(file));
}

async function inspect({ server, projects }: Services, passed: unknown): Promise<void> {
  const project = projects.needed(passed);
  const { findings, errors, places, mistakes } = await withTaskProgress(
    vscode.l10n.t('SegDec: inspecting'),
    (options) => server.request(requests.datasetInspect, { project: project.id }, options),
  );
  if (findings === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('SegDec: nothing is wrong.'));
    return;
  }
  const show = vscode.l10n.t('Show Problems');
  const { l10n } = vscode;
  const sentences = [
    l10n.t('SegDec: findings: {0}, of which errors: {1}.', findings, errors),
    // Whoever counts the problems finds another number, and why.
    ...(places === findings ? [] : [l10n.t('Listed at each of their files: {0}.', places)]),
    ...(mistakes === 0 ? [] : [l10n.t('Mistakes of the active run beside them: {0}.', mistakes)]),
  ];
  const chosen = await vscode.window.showWarningMessage(sentences.join(' '), show);
  if (chosen === show) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

async function doctor({ server, log }: Services): Promise<void> {
  const { text, works } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('SegDec: examining this machine'),
      cancellable: true,
    },
    (_, token) => server.request(requests.doctorRun, {}, { token }),
  );
  log.info(`Doctor\n${text}`);
  const document = await vscode.workspace.openTextDocument({ content: text });
  await vscode.window.showTextDocument(document, { preview: true });
  if (works) void vscode.window.showInformationMessage(vscode.l10n.t('SegDec: everything works.'));
  else
    void vscode.window.showWarningMessage(
      vscode.l10n.t('SegDec: not everything works; see the page.'),
    );
}

/** The table. */
export function setupCommands(services: Services): CommandTable {
  const needsServer = { whenStopped: 'start-first' } as const;
  return {
    createSample: { ...needsServer, run: (folder) => createSample(services, folder) },
    newProject: { ...needsServer, run: () => newProject(services) },
    inspect: { ...needsServer, run: (passed) => inspect(services, passed) },
    doctor: { ...needsServer, needsTrust: true, run: () => doctor(services) },
    openWalkthrough: {
      whenStopped: 'works',
      run: () =>
        vscode.commands.executeCommand(
          'workbench.action.openWalkthrough',
          `${services.extension.extension.id}#segdec.start`,
          false,
        ),
    },
    'server.showLog': { whenStopped: 'works', run: () => services.log.show() },
    'server.restart': {
      whenStopped: 'works',
      run: () => services.server.restart('asked for by command'),
    },
  };
}
