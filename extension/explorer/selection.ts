/** Which images a command is about: the clicked ones, the selected ones, the open one. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import { mostOfPage, requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import type { LabelPlace } from '../labels/labelStore.ts';
import { pathBelow } from '../labels/pathBelow.ts';
import { placeOf } from '../labels/placeOf.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { isImageName } from './imageNames.ts';
import type { ImageNode } from './nodes.ts';
import { isNode } from './nodes.ts';

/** An image that a command is about. */
export interface ChosenImage {
  readonly place: LabelPlace;
  /** Relative to the dataset folder. */
  readonly image: string;
  readonly uri: vscode.Uri;
  /** As it is shown; undefined where only the file is known. */
  readonly item: ImageItem | undefined;
}

/** What a key binding of the tree passes, whose commands get nothing of it otherwise. */
export const fromTree = 'tree';

/** What the selection needs of the view. */
export interface TreeSelection {
  readonly nodes: () => Promise<readonly unknown[]>;
  /** The tree's selection changed after the active editor did. */
  readonly isLatest: boolean;
  readonly placeOf: (project: string) => LabelPlace | undefined;
  readonly shown: (node: ImageNode) => ImageItem;
}

const isImage = (node: unknown): node is ImageNode => isNode(node) && node.kind === 'image';

/** The file of the active editor, whatever kind of editor it is. */
export function activeFile(): vscode.Uri | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (typeof input !== 'object' || input === null || !('uri' in input)) return undefined;
  return input.uri instanceof vscode.Uri ? input.uri : undefined;
}

function chosenNodes(nodes: readonly unknown[], tree: TreeSelection): ChosenImage[] {
  return nodes.filter(isImage).flatMap((node) => {
    const place = tree.placeOf(node.project);
    if (place === undefined) return [];
    const { image } = node.item;
    const uri = vscode.Uri.file(join(place.dataset, image));
    return [{ place, image, uri, item: tree.shown(node) }];
  });
}

/** The images among files. Throws when one lies in no open folder. */
export async function chosenFiles(
  uris: readonly vscode.Uri[],
  { projects }: Services,
): Promise<ChosenImage[]> {
  const chosen: ChosenImage[] = [];
  for (const uri of uris) {
    if (uri.scheme !== 'file' || !isImageName(uri.path)) continue;
    const place = await placeOf(uri.fsPath, projects.all);
    const image = place && pathBelow(place.dataset, uri.fsPath);
    if (place === undefined || image === undefined) {
      const message = vscode.l10n.t(
        '{0} lies in no open folder: open the folder of its dataset.',
        uri.fsPath,
      );
      throw new UserError(message);
    }
    chosen.push({ place, image, uri, item: undefined });
  }
  return chosen;
}

/** The argument and the selection that VS Code passes beside it, if the argument is part of that. */
function passed(args: readonly unknown[]): readonly unknown[] {
  const [one, many] = args;
  const isSame = (other: unknown): boolean =>
    other === one ||
    (other instanceof vscode.Uri &&
      one instanceof vscode.Uri &&
      other.toString() === one.toString());
  return Array.isArray(many) && many.some(isSame) ? (many as unknown[]) : [one];
}

/** The images that a command was called for; [] where there are none. */
export async function chosenImages(
  args: readonly unknown[],
  tree: TreeSelection,
  services: Services,
): Promise<readonly ChosenImage[]> {
  if (args.length > 0 && (args[0] === undefined || args[0] === null)) {
    // The clicked node went while VS Code read the tree anew; the selection may be another image.
    throw new UserError(vscode.l10n.t('The list was just read anew; try that again.'));
  }
  const about = passed(args);
  if (about.some(isNode)) return chosenNodes(about, tree);
  const uris = about.filter((one) => one instanceof vscode.Uri);
  if (uris.length > 0) return await chosenFiles(uris, services);
  const selected = chosenNodes(await tree.nodes(), tree);
  if (args[0] === fromTree) return selected;
  const active = activeFile();
  const isSelected = selected.some(({ uri }) => uri.toString() === active?.toString());
  if (selected.length > 0 && (tree.isLatest || isSelected || active === undefined)) return selected;
  const open = active === undefined ? [] : await chosenFiles([active], services);
  return open.length > 0 ? open : selected;
}

/** The items of images that only their files are known of, as far as the server tells. */
export async function withItems(
  chosen: readonly ChosenImage[],
  { server, labels }: Services,
): Promise<readonly ChosenImage[]> {
  const unknown = chosen.filter(({ item }) => item === undefined);
  const items = new Map<string, ImageItem>();
  try {
    for (let start = 0; start < unknown.length; start += mostOfPage) {
      const files = unknown.slice(start, start + mostOfPage).map(({ uri }) => uri.fsPath);
      const found = await server.request(requests.datasetLookup, { files });
      found.forEach((one, i) => {
        const file = files[i];
        if (one !== null && file !== undefined) {
          items.set(file, labels.applied(one.project, one.item));
        }
      });
    }
  } catch (error) {
    if (!(error instanceof ServerAway)) throw error;
  }
  return chosen.map((one) =>
    one.item === undefined ? { ...one, item: items.get(one.uri.fsPath) } : one,
  );
}
