/**
 * Keeps the person's place while labelling by keys: where a label moves images to another group, the image that
 * follows them is selected at once, and opened if one of them was open.
 */
import type { ImageItem } from '../../protocol/explorer.ts';
import type { ImageNode, Node } from './nodes.ts';

export interface KeptTree {
  readonly selection: readonly Node[];
  readonly siblings: (parent: Node | undefined) => Promise<readonly Node[]>;
  /** The image with its latest labels. */
  readonly shown: (node: ImageNode) => ImageItem;
  /** Labels and splits are the groups of the tree. */
  readonly isGroupedByLabel: () => boolean;
  /** The image is in the active editor. */
  readonly isOpen: (node: ImageNode) => boolean;
  /** Selects and focuses it. */
  readonly reveal: (node: ImageNode) => PromiseLike<unknown>;
  readonly open: (node: ImageNode) => PromiseLike<unknown>;
}

const isImage = (node: Node): node is ImageNode => node.kind === 'image';
const nameOf = ({ item }: ImageNode): string => item.image;

/** The first image behind the chosen ones, else the last before them. */
export function nextOf(
  siblings: readonly ImageNode[],
  chosen: readonly ImageNode[],
): ImageNode | undefined {
  const names = new Set(chosen.map(nameOf));
  const last = siblings.findLastIndex((node) => names.has(nameOf(node)));
  const isOther = (node: ImageNode): boolean => !names.has(nameOf(node));
  return siblings.slice(last + 1).find(isOther) ?? siblings.slice(0, last).findLast(isOther);
}

/** Does the work, which labels the selected images, and selects the next one if they move. */
export async function keepingPlace(tree: KeptTree, work: () => Promise<void>): Promise<void> {
  const chosen = tree.selection.filter(isImage);
  const last = chosen.at(-1);
  if (last === undefined || !tree.isGroupedByLabel()) return await work();
  const siblings = (await tree.siblings(last.parent)).filter(isImage);
  const wasOpen = chosen.some(tree.isOpen);
  const before = tree.shown(last);
  await work();
  const after = tree.shown(last);
  const next = nextOf(siblings, chosen);
  const moves = before.state !== after.state || before.split !== after.split;
  if (!moves || next === undefined) return;
  await tree.reveal(next);
  if (wasOpen) await tree.open(next);
}
