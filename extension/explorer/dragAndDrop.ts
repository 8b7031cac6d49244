/** Dropping on the tree: its own images are labelled as the group says, files are copied into the dataset. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import type { Services } from '../context.ts';
import { showError } from '../errors.ts';
import { systemCode } from '../labels/writeWhole.ts';
import { copyImages, nameOf } from './copyImages.ts';
import type { CopyTarget, ImageSource } from './copyImages.ts';
import { changeFor, folderFor, groupsAround } from './dropTargets.ts';
import type { ExplorerView } from './explorer.ts';
import { writeLabels } from './labelCommands.ts';
import type { Node } from './nodes.ts';
import { isNode } from './nodes.ts';
import { groupName, imagesText } from './texts.ts';

const treeType = 'application/vnd.code.tree.segdec.images';
const uriList = 'text/uri-list';

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

function urisIn(text: string): vscode.Uri[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => vscode.Uri.parse(line, true));
}

function sourceOf(uri: vscode.Uri): ImageSource {
  if (uri.scheme === 'file') return { name: uri.path, file: uri.fsPath };
  return { name: uri.path, read: () => vscode.workspace.fs.readFile(uri) };
}

/** What was dropped from outside of the tree; a file that comes both by address and by content is one. */
async function sourcesIn(data: vscode.DataTransfer): Promise<ImageSource[]> {
  const uris = new Map<string, vscode.Uri>();
  const contents: ImageSource[] = [];
  const listed = await data.get(uriList)?.asString();
  for (const uri of urisIn(listed ?? '')) uris.set(uri.toString(), uri);
  for (const [, item] of data) {
    const file = item.asFile();
    if (file?.uri !== undefined) uris.set(file.uri.toString(), file.uri);
    else if (file !== undefined) contents.push({ name: file.name, read: () => file.data() });
  }
  return [...[...uris.values()].map(sourceOf), ...contents];
}

export class ImagesDragAndDrop implements vscode.TreeDragAndDropController<Node> {
  readonly dropMimeTypes = [treeType, uriList, 'files'];
  readonly dragMimeTypes = [uriList];
  readonly #services: Services;
  readonly #view: ExplorerView;

  constructor(services: Services, view: ExplorerView) {
    this.#services = services;
    this.#view = view;
  }

  async handleDrag(nodes: readonly Node[], data: vscode.DataTransfer): Promise<void> {
    const images = nodes.filter((node) => node.kind === 'image');
    const [first] = images;
    if (first === undefined) return;
    const chosen = await this.#view.selectedImages([first, images]);
    data.set(treeType, new vscode.DataTransferItem(images));
    const addresses = chosen.map(({ uri }) => uri.toString()).join('\r\n');
    data.set(uriList, new vscode.DataTransferItem(addresses));
  }

  async handleDrop(target: Node | undefined, data: vscode.DataTransfer): Promise<void> {
    try {
      const dragged: unknown = data.get(treeType)?.value;
      const nodes = Array.isArray(dragged) ? dragged.filter(isNode) : [];
      if (nodes.length > 0) await this.#label(nodes, target);
      else await this.#copy(target, await sourcesIn(data));
    } catch (error) {
      await showError(error);
    }
  }

  async #label(nodes: readonly Node[], target: Node | undefined): Promise<void> {
    const chosen = await this.#view.selectedImages([nodes[0], nodes]);
    const groups = groupsAround(target);
    const items = chosen.flatMap(({ item }) => item ?? []);
    const change = changeFor(groups, items);
    if (change === undefined) {
      throw new UserError(
        vscode.l10n.t(
          'Drop images on a split or a label to change theirs; files are moved between folders in the file explorer.',
        ),
      );
    }
    const names = groups.map((group) => groupName(group, vscode.l10n)).join(', ');
    await writeLabels(this.#services, chosen, change, vscode.l10n.t('Move to {0}', names));
    const moved = vscode.l10n.t(
      'Moved to {0}: {1}.',
      ...[names, imagesText(chosen.length, vscode.l10n)],
    );
    this.#offerUndo(moved).catch((error: unknown) => showError(error));
  }

  /** A drag is easily made by accident, and moves images between training and test. */
  async #offerUndo(moved: string): Promise<void> {
    const { labels } = this.#services;
    const step = labels.lastStep;
    const undo = vscode.l10n.t('Undo');
    if ((await vscode.window.showInformationMessage(moved, undo)) !== undo) return;
    if (labels.lastStep === step) await labels.undo();
    else {
      throw new UserError(
        vscode.l10n.t('Other labels were written since: undo these first, with "Undo Labels".'),
      );
    }
  }

  async #copy(target: Node | undefined, sources: readonly ImageSource[]): Promise<void> {
    const project = this.#services.projects.needed();
    const images = sources.filter(({ name }) => nameOf(name) !== undefined);
    if (images.length === 0) {
      throw new UserError(
        vscode.l10n.t('No image was dropped; PNG, JPEG, TIFF, WebP and BMP files are taken.'),
      );
    }
    const { dataset, layout } = project;
    const folder = await folderFor(groupsAround(target), layout, (path) =>
      isFolder(join(dataset, path)),
    );
    if (!(await confirmed(images.length, sources.length, join(dataset, folder)))) return;
    await copyWithProgress(images, { dataset, folder });
    await this.#readAgain(project);
  }

  /** The watcher sees new files as well, but not everywhere, and not at once. */
  async #readAgain({ id }: ProjectInfo): Promise<void> {
    if (this.#services.projects.current?.id !== id) return;
    await this.#view.refresh();
  }
}

async function confirmed(images: number, files: number, folder: string): Promise<boolean> {
  const copy = vscode.l10n.t('Copy');
  const question = vscode.l10n.t(
    'Copy {0} into {1}?',
    imagesText(images, vscode.l10n),
    vscode.workspace.asRelativePath(folder),
  );
  const others = files - images;
  const detail =
    others > 0 ? vscode.l10n.t('Files that are no images stay behind: {0}.', others) : '';
  return (
    (await vscode.window.showInformationMessage(question, { modal: true, detail }, copy)) === copy
  );
}

async function copyWithProgress(images: readonly ImageSource[], target: CopyTarget): Promise<void> {
  const controller = new AbortController();
  const { copied, renamed } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Copying images'),
      cancellable: true,
    },
    (notification, token) => {
      token.onCancellationRequested(() => controller.abort());
      const each = (done: number): void =>
        notification.report({
          message: `${done}/${images.length}`,
          increment: 100 / images.length,
        });
      return copyImages(images, target, { signal: controller.signal, each, l10n: vscode.l10n });
    },
  );
  const what = vscode.l10n.t('Copied {0}.', imagesText(copied, vscode.l10n));
  const others = vscode.l10n.t('Names that were taken got a number: {0}.', renamed);
  void vscode.window.showInformationMessage(renamed > 0 ? `${what} ${others}` : what);
}
