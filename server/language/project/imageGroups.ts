/** The nodes of a tree above images: split and label, or folders. */
import { splitNames } from '../../../protocol/dataset.ts';
import { supervisionStates } from '../../../protocol/explorer.ts';
import type { Grouping, ImageGroup, ImageItem } from '../../../protocol/explorer.ts';

export interface GroupNode {
  /** Undefined for the root alone. */
  readonly group: ImageGroup | undefined;
  /** Id of the node above; '' is the root. */
  readonly parent: string;
  /** Ids, in the order they are shown. */
  readonly children: string[];
  /** Positions of images that lie in the node itself, in the view's order. */
  readonly places: number[];
}

interface Draft {
  readonly id: string;
  readonly kind: ImageGroup['kind'];
  readonly name: string;
  readonly parent: string;
  readonly children: string[];
  readonly places: number[];
  images: number;
  mistakes: number;
}

/** The ids from the top down of the groups that an image lies in, with what they are. */
type Path = readonly {
  readonly id: string;
  readonly kind: ImageGroup['kind'];
  readonly name: string;
}[];

function splitPath({ split, state }: ImageItem): Path {
  const id = `split/${split}`;
  return [
    { id, kind: 'split', name: split },
    { id: `${id}/${state}`, kind: 'state', name: state },
  ];
}

function folderPath({ image }: ImageItem): Path {
  const names = image.split('/').slice(0, -1);
  return names.map((name, depth) => ({
    id: `folder/${names.slice(0, depth + 1).join('/')}`,
    kind: 'folder',
    name,
  }));
}

const rankOf = ({ kind, name }: Draft): number =>
  kind === 'split'
    ? splitNames.findIndex((split) => split === name)
    : supervisionStates.findIndex((state) => state === name);

function compare(a: Draft, b: Draft): number {
  const rank = rankOf(a) - rankOf(b);
  return rank === 0 ? a.name.localeCompare(b.name, undefined, { numeric: true }) : rank;
}

/** All nodes by id; the root, with the images that lie in no group, has the id ''. */
export function buildGroups(
  items: readonly ImageItem[],
  order: readonly number[],
  groupBy: Grouping,
): Map<string, GroupNode> {
  const pathOf = groupBy === 'split' ? splitPath : folderPath;
  const drafts = new Map<string, Draft>();
  const root: Draft = {
    ...{ id: '', kind: 'folder', name: '', parent: '', children: [], places: [] },
    ...{ images: 0, mistakes: 0 },
  };
  for (const place of order) {
    const item = items[place];
    if (item === undefined) continue;
    const mistake = item.outcome === 'FP' || item.outcome === 'FN' ? 1 : 0;
    let above = root;
    for (const { id, kind, name } of pathOf(item)) {
      let node = drafts.get(id);
      if (node === undefined) {
        node = {
          id,
          kind,
          name,
          parent: above.id,
          children: [],
          places: [],
          images: 0,
          mistakes: 0,
        };
        drafts.set(id, node);
        above.children.push(id);
      }
      node.images += 1;
      node.mistakes += mistake;
      above = node;
    }
    above.places.push(place);
  }
  return finished(root, drafts);
}

function finished(root: Draft, drafts: ReadonlyMap<string, Draft>): Map<string, GroupNode> {
  const nodes = new Map<string, GroupNode>();
  for (const draft of [root, ...drafts.values()]) {
    const { id, kind, name, parent, places, images, mistakes } = draft;
    const children = draft.children
      .flatMap((child) => drafts.get(child) ?? [])
      .sort(compare)
      .map((child) => child.id);
    const group = id === '' ? undefined : { id, kind, name, images, mistakes };
    nodes.set(id, { group, parent, children, places });
  }
  return nodes;
}
