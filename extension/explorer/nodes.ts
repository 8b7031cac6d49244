/** What the tree of images is made of. */
import type { ImageGroup, ImageItem } from '../../protocol/explorer.ts';

interface InProject {
  /** Absolute path of the open folder, as ProjectInfo.id. */
  readonly project: string;
}

export interface GroupNode extends InProject {
  readonly kind: 'group';
  readonly group: ImageGroup;
  readonly parent: GroupNode | undefined;
}

/** Some of the many images of a group. */
export interface RangeNode extends InProject {
  readonly kind: 'range';
  /** As in requests; '' are images that lie in no group. */
  readonly groupId: string;
  readonly offset: number;
  readonly count: number;
  /** Its first and last image; absent where there are too many ranges to ask for all. */
  readonly ends: { readonly first: ImageItem; readonly last: ImageItem } | undefined;
  readonly parent: GroupNode | undefined;
}

export interface ImageNode extends InProject {
  readonly kind: 'image';
  /** As the server listed it; labels written since are laid over it when it is shown. */
  readonly item: ImageItem;
  readonly parent: GroupNode | RangeNode | undefined;
}

export type Node = GroupNode | RangeNode | ImageNode;

/** Names a node among all; the same while listings change, so that VS Code keeps what is open and selected. */
export function nodeId(node: Node): string {
  const above = node.parent === undefined ? node.project : nodeId(node.parent);
  switch (node.kind) {
    case 'group':
      return `${above}\n${node.group.id}`;
    case 'range':
      return `${above}\n#${node.offset}`;
    case 'image':
      return `${above}\n/${node.item.image}`;
  }
}

/** True for a value that VS Code passes to a command from the tree. */
export function isNode(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null) return false;
  if (!('kind' in value) || !('project' in value)) return false;
  return value.kind === 'group' || value.kind === 'range' || value.kind === 'image';
}
