/** Predicting with the active run: picked files, a folder, the open image, images of the tree. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { mostOfPage, requests } from '../../protocol/messages.ts';
import type { FilePredictionResult } from '../../protocol/runView.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { isImageName } from '../explorer/imageNames.ts';
import { showError } from '../errors.ts';
import { activeFile } from '../explorer/selection.ts';
import { imagesText } from '../explorer/texts.ts';
import { withTaskProgress } from '../taskProgress.ts';

/** What the tree says a command is about; the explorer knows. */
export interface SelectedImages {
  selectedFiles(args: readonly unknown[]): Promise<readonly vscode.Uri[]>;
}

const pictureEndings = [
  ...['png', 'jpg', 'jpeg', 'jfif', 'jpe', 'tif', 'tiff', 'webp', 'bmp', 'dib'],
];

async function predict(
  { server, projects }: Services,
  files: readonly vscode.Uri[],
  keep: boolean,
) {
  const project = projects.needed();
  if (files.length > mostOfPage) {
    throw new UserError(
      vscode.l10n.t(
        'At most {0} images at once; predict a folder, or use "segdec predict".',
        mostOfPage,
      ),
    );
  }
  return await withTaskProgress(vscode.l10n.t('SegDec: predicting'), (options) =>
    server.request(
      requests.predictFiles,
      { project: project.id, files: files.map(({ fsPath }) => fsPath), keep },
      options,
    ),
  );
}

const nameOf = (file: string): string => vscode.workspace.asRelativePath(vscode.Uri.file(file));

async function showOne(result: FilePredictionResult): Promise<void> {
  if ('error' in result) throw new UserError(result.error);
  const { file, score, threshold, defective, overlay } = result;
  const verdict = defective ? vscode.l10n.t('defective') : vscode.l10n.t('OK');
  const show = vscode.l10n.t('Show Heat Map');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      '{0}: {1}, score {2} (threshold {3}).',
      ...[nameOf(file), verdict, score.toFixed(3), threshold.toFixed(3)],
    ),
    show,
  );
  if (chosen === show) await openPicture(overlay);
}

async function openPicture(
  file: string,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), options);
}

interface Row extends vscode.QuickPickItem {
  readonly result: FilePredictionResult;
}

function rowOf(result: FilePredictionResult): Row {
  if ('error' in result) {
    return { label: `$(warning) ${nameOf(result.file)}`, detail: result.error, result };
  }
  const icon = result.defective ? 'error' : 'pass';
  const verdict = result.defective ? vscode.l10n.t('defective') : vscode.l10n.t('OK');
  return {
    label: `$(${icon}) ${result.score.toFixed(3)}  ${nameOf(result.file)}`,
    description: verdict,
    result,
  };
}

const scoreOf = (result: FilePredictionResult): number => ('error' in result ? -1 : result.score);

/** A list, the highest score first; picking one shows its heat map, and the list stays until it is closed. */
function showMany(results: readonly FilePredictionResult[]): Promise<void> {
  const defective = results.filter((result) => 'score' in result && result.defective).length;
  const list = vscode.window.createQuickPick<Row>();
  list.items = [...results].sort((a, b) => scoreOf(b) - scoreOf(a)).map(rowOf);
  list.title = vscode.l10n.t(
    '{0}, called defective: {1}',
    ...[imagesText(results.length, vscode.l10n), defective],
  );
  list.placeholder = vscode.l10n.t('Choose one to see its heat map; Escape closes the list');
  [list.matchOnDetail, list.ignoreFocusOut] = [true, true];
  const show = async ({ result }: Row): Promise<void> => {
    if ('error' in result) throw new UserError(result.error);
    await openPicture(result.overlay, { preview: true, preserveFocus: true });
  };
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      const [row] = list.selectedItems;
      if (row !== undefined) show(row).catch((error: unknown) => showError(error));
    });
    list.onDidHide(() => {
      list.dispose();
      resolve();
    });
    list.show();
  });
}

/** Where they are kept, said while the list is open. */
async function tellOfKept({ server, projects }: Services): Promise<void> {
  const project = projects.needed().id;
  const [newest] = await server.request(requests.predictionList, { project });
  if (newest === undefined) return;
  const table = vscode.l10n.t('Open Table');
  const text = vscode.l10n.t(
    'SegDec: names, scores and heat maps are kept in {0}; "Open Predictions" shows them again.',
    vscode.workspace.asRelativePath(newest.folder),
  );
  if ((await vscode.window.showInformationMessage(text, table)) === table) {
    await vscode.window.showTextDocument(vscode.Uri.file(newest.table));
  }
}

async function predictAndShow(
  services: Services,
  files: readonly vscode.Uri[],
  isFolder = false,
): Promise<void> {
  const keep = isFolder || files.length > 1;
  const results = await predict(services, files, keep);
  const [first, ...more] = results;
  if (first === undefined) {
    throw new UserError(
      vscode.l10n.t('There is no image there; PNG, JPEG, TIFF, WebP and BMP are read.'),
    );
  }
  if (keep) tellOfKept(services).catch((error: unknown) => showError(error));
  await (more.length === 0 ? showOne(first) : showMany(results));
}

/** Asks which of the kept predictions, and shows them as when they were made. */
async function openKept({ server, projects }: Services): Promise<void> {
  const project = projects.needed().id;
  const kept = await server.request(requests.predictionList, { project });
  if (kept.length === 0) {
    throw new UserError(
      vscode.l10n.t('No predictions are kept here yet: predict a folder, or several images.'),
    );
  }
  const rows = kept.map((one) => ({
    label: vscode.workspace.asRelativePath(one.source),
    description: vscode.l10n.t(
      '{0}, called defective: {1}',
      ...[imagesText(one.images, vscode.l10n), one.defective],
    ),
    detail: `${new Date(one.created).toLocaleString()}, ${one.run}`,
    folder: one.folder,
  }));
  const title = vscode.l10n.t('Which predictions?');
  const picked = await vscode.window.showQuickPick(rows, { title, matchOnDetail: true });
  if (picked === undefined) return;
  const { folder } = picked;
  await showMany(await server.request(requests.predictionRead, { project, folder }));
}

async function pick(folders: boolean, passed: readonly unknown[]): Promise<readonly vscode.Uri[]> {
  if (passed[0] instanceof vscode.Uri) return [passed[0]];
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: !folders,
    canSelectFolders: folders,
    canSelectMany: !folders,
    openLabel: vscode.l10n.t('Predict'),
    ...(folders ? {} : { filters: { [vscode.l10n.t('Images')]: pictureEndings } }),
  });
  return picked ?? [];
}

/** The table. */
export function predictCommands(services: Services, images: SelectedImages): CommandTable {
  const computing = { whenStopped: 'start-first', needsTrust: true } as const;
  const fromDialog =
    (folders: boolean) =>
    async (...args: readonly unknown[]): Promise<void> => {
      const files = await pick(folders, args);
      if (files.length > 0) await predictAndShow(services, files, folders);
    };
  const selected = async (...args: readonly unknown[]): Promise<void> => {
    const files = await images.selectedFiles(args);
    if (files.length === 0) {
      throw new UserError(vscode.l10n.t('No image is selected: select some in the SegDec view.'));
    }
    await predictAndShow(services, files);
  };
  return {
    predictFile: { ...computing, run: fromDialog(false) },
    predictFolder: { ...computing, run: fromDialog(true) },
    predictOpenImage: {
      ...computing,
      run: async () => {
        const file = activeFile();
        if (file?.scheme !== 'file' || !isImageName(file.path)) {
          throw new UserError(vscode.l10n.t('No image is open: open one, then predict it.'));
        }
        await predictAndShow(services, [file]);
      },
    },
    'image.predict': { ...computing, run: selected },
    openPredictions: { whenStopped: 'start-first', run: () => openKept(services) },
  };
}
