/** What a place in the tree means for what is dropped on it. */
import type { LayoutName, Split } from '../../protocol/dataset.ts';
import { splitNames } from '../../protocol/dataset.ts';
import type { ImageGroup, ImageItem } from '../../protocol/explorer.ts';
import type { LabelChange } from '../labels/labelStore.ts';
import type { Node } from './nodes.ts';

/** The groups that a node is or lies in, from the top down. */
export function groupsAround(node: Node | undefined): ImageGroup[] {
  if (node === undefined) return [];
  const above = groupsAround(node.parent);
  return node.kind === 'group' ? [...above, node.group] : above;
}

const splitOf = (groups: readonly ImageGroup[]): Split | undefined =>
  splitNames.find((name) => groups.some((group) => group.kind === 'split' && group.name === name));
const stateOf = (groups: readonly ImageGroup[]): string | undefined =>
  groups.find(({ kind }) => kind === 'state')?.name;

/** The change that makes images part of the groups; undefined where a group is none that labels make. */
export function changeFor(
  groups: readonly ImageGroup[],
  items: readonly Pick<ImageItem, 'split'>[],
): LabelChange | undefined {
  const split = splitOf(groups);
  const moved = split !== undefined && items.some((item) => item.split !== split);
  const toSplit = moved ? { split } : {};
  switch (stateOf(groups)) {
    case 'ok':
      return { label: 'ok', supervision: '', ...toSplit };
    case 'mask':
      return { label: 'defective', supervision: '', ...toSplit };
    case 'weak':
      return { label: 'defective', supervision: 'weak', ...toSplit };
    case 'unlabelled':
      return { label: '', ...toSplit };
    case undefined:
      return split === undefined ? undefined : { split };
    default:
      return undefined;
  }
}

const foldersOfState: Readonly<Record<string, readonly string[]>> = {
  ok: ['ok', 'good'],
  mask: ['defective', 'bad', 'ng'],
  weak: ['defective', 'bad', 'ng'],
};

/**
 * Where files dropped on the groups are copied, relative to the dataset: a folder itself; for a label, the
 * folder of it where folders tell labels; else the dataset. `isFolder` says which folders there are.
 */
export async function folderFor(
  groups: readonly ImageGroup[],
  layout: LayoutName | null,
  isFolder: (path: string) => Promise<boolean>,
): Promise<string> {
  const last = groups.at(-1);
  if (last?.kind === 'folder') return last.id.replace(/^folder\//, '');
  if (layout !== 'folders') return '';
  const split = splitOf(groups);
  const prefix = split !== undefined && (await isFolder(split)) ? `${split}/` : '';
  const names = foldersOfState[stateOf(groups) ?? ''] ?? [];
  for (const name of names) if (await isFolder(prefix + name)) return prefix + name;
  // Any of the label folders makes the others worth making.
  for (const name of Object.values(foldersOfState).flat()) {
    if (names[0] !== undefined && (await isFolder(prefix + name))) return prefix + names[0];
  }
  return prefix.replace(/\/$/, '');
}
