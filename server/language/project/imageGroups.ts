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

/** A group from the top down, with what it is. */
type Step = Pick<Draft, 'id' | 'kind' | 'name'>;

interface Rule {
  /** The same for images that lie in the same group, and cheap. */
  readonly keyOf: (item: ImageItem) => string;
  readonly pathOf: (item: ImageItem) => readonly Step[];
}

const bySplit: Rule = {
  keyOf: ({ split, state }) => `${split}/${state}`,
  pathOf: ({ split, state }) => {
    const id = `split/${split}`;
    return [
      { id, kind: 'split', name: split },
      { id: `${id}/${state}`, kind: 'state', name: state },
    ];
  },
};

const byFolder: Rule = {
  keyOf: ({ image }) => image.slice(0, Math.max(0, image.lastIndexOf('/'))),
  pathOf: ({ image }) => {
    const names = image.split('/').slice(0, -1);
    return names.map((name, depth) => ({
      id: `folder/${names.slice(0, depth + 1).join('/')}`,
      kind: 'folder',
      name,
    }));
  },
};

const rankOf = ({ kind, name }: Draft): number =>
  kind === 'split'
    ? splitNames.findIndex((split) => split === name)
    : supervisionStates.findIndex((state) => state === name);

function compare(a: Draft, b: Draft): number {
  const rank = rankOf(a) - rankOf(b);
  return rank === 0 ? a.name.localeCompare(b.name, undefined, { numeric: true }) : rank;
}

const draftOf = (step: Step, parent: string): Draft => ({
  ...step,
  ...{ parent, children: [], places: [], images: 0, mistakes: 0 },
});

/** The drafts of a path, made where there are none yet; the innermost is returned. */
function reach(path: readonly Step[], root: Draft, drafts: Map<string, Draft>): Draft {
  let above = root;
  for (const step of path) {
    let node = drafts.get(step.id);
    if (node === undefined) {
      node = draftOf(step, above.id);
      drafts.set(step.id, node);
      above.children.push(step.id);
    }
    above = node;
  }
  return above;
}

/** What lies in a group lies in all above it too. */
function countUpwards(drafts: ReadonlyMap<string, Draft>): void {
  const own = [...drafts.values()].map(({ parent, images, mistakes }) => ({
    ...{ parent, images, mistakes },
  }));
  for (const { parent, images, mistakes } of own) {
    for (let above = drafts.get(parent); above; above = drafts.get(above.parent)) {
      above.images += images;
      above.mistakes += mistakes;
    }
  }
}

/** All nodes by id; the root, with the images that lie in no group, has the id ''. */
export function buildGroups(
  items: readonly ImageItem[],
  order: readonly number[],
  groupBy: Grouping,
): Map<string, GroupNode> {
  const { keyOf, pathOf } = groupBy === 'split' ? bySplit : byFolder;
  const drafts = new Map<string, Draft>();
  const innermost = new Map<string, Draft>();
  const root = draftOf({ id: '', kind: 'folder', name: '' }, '');
  for (const place of order) {
    const item = items[place];
    if (item === undefined) continue;
    const key = keyOf(item);
    let node = innermost.get(key);
    if (node === undefined) {
      node = reach(pathOf(item), root, drafts);
      innermost.set(key, node);
    }
    node.places.push(place);
    node.images += 1;
    if (item.outcome === 'FP' || item.outcome === 'FN') node.mistakes += 1;
  }
  countUpwards(drafts);
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
