/** Predicting with the active run: picked files, a folder, the open image, images of the tree. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { mostOfPage, requests } from '../../protocol/messages.ts';
import type { FilePredictionResult } from '../../protocol/runView.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { isImageName } from '../explorer/imageNames.ts';
import { activeFile } from '../explorer/selection.ts';
import { withTaskProgress } from '../taskProgress.ts';

/** What the tree says a command is about; the explorer knows. */
export interface SelectedImages {
  selectedFiles(args: readonly unknown[]): Promise<readonly vscode.Uri[]>;
}

const pictureEndings = [
  ...['png', 'jpg', 'jpeg', 'jfif', 'jpe', 'tif', 'tiff', 'webp', 'bmp', 'dib'],
];

async function predict({ server, projects }: Services, files: readonly vscode.Uri[]) {
  const project = projects.needed();
  if (files.length > mostOfPage) {
    throw new UserError(
      vscode.l10n.t(
        'At most {0} images at once; predict a folder, or use `segdec predict`.',
        mostOfPage,
      ),
    );
  }
  return await withTaskProgress(vscode.l10n.t('SegDec: predicting'), (options) =>
    server.request(
      requests.predictFiles,
      { project: project.id, files: files.map(({ fsPath }) => fsPath) },
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

async function openPicture(file: string): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
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

/** A list, the highest score first; picking one shows its heat map. */
async function showMany(results: readonly FilePredictionResult[]): Promise<void> {
  const rows = [...results].sort((a, b) => scoreOf(b) - scoreOf(a)).map(rowOf);
  const defective = results.filter((result) => 'score' in result && result.defective).length;
  const picked = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('{0} images, {1} called defective', results.length, defective),
    placeHolder: vscode.l10n.t('Choose one to see its heat map'),
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  if (picked === undefined) return;
  if ('error' in picked.result) throw new UserError(picked.result.error);
  await openPicture(picked.result.overlay);
}

async function predictAndShow(services: Services, files: readonly vscode.Uri[]): Promise<void> {
  const results = await predict(services, files);
  const [first, ...more] = results;
  if (first === undefined) {
    throw new UserError(
      vscode.l10n.t('There is no image there; PNG, JPEG, TIFF, WebP and BMP are read.'),
    );
  }
  await (more.length === 0 ? showOne(first) : showMany(results));
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
      if (files.length > 0) await predictAndShow(services, files);
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
  };
}
