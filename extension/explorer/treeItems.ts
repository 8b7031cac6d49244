/** The nodes of the tree as VS Code draws them; names from files are shown as text, never as markup. */
import * as vscode from 'vscode';
import { shownName } from '../../protocol/explorer.ts';
import type { ImageItem, Sorting } from '../../protocol/explorer.ts';
import { lookOf } from './icons.ts';
import type { GroupNode, ImageNode, Node, RangeNode } from './nodes.ts';
import { nodeId } from './nodes.ts';
import {
  groupDescription,
  groupName,
  groupSentence,
  imageDescription,
  imageFacts,
  imageSentence,
  inRow,
  rangeDescription,
  rangeName,
} from './texts.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

const groupIcons = { split: 'database', state: 'tag', folder: 'folder' } as const;

function groupItem(node: GroupNode): vscode.TreeItem {
  const { group } = node;
  const item = new vscode.TreeItem(
    groupName(group, vscode.l10n),
    group.kind === 'split' ? Expanded : Collapsed,
  );
  item.description = groupDescription(group, vscode.l10n);
  item.iconPath = new vscode.ThemeIcon(groupIcons[group.kind]);
  item.contextValue = 'group';
  item.accessibilityInformation = { label: groupSentence(group, vscode.l10n) };
  return item;
}

function rangeItem(node: RangeNode, sortBy: Sorting): vscode.TreeItem {
  const item = new vscode.TreeItem(rangeName(node), Collapsed);
  item.description = rangeDescription(node, sortBy);
  item.iconPath = new vscode.ThemeIcon('files');
  item.contextValue = 'range';
  const said = vscode.l10n.t('Images {0} to {1}', node.offset + 1, node.offset + node.count);
  item.accessibilityInformation = { label: `${said}. ${item.description}` };
  return item;
}

function imageItem(
  shown: ImageItem,
  opening: Pick<vscode.Command, 'command' | 'arguments'> | undefined,
): vscode.TreeItem {
  const { icon, color } = lookOf(shown);
  const item = new vscode.TreeItem(inRow(shownName(shown)), None);
  item.description = imageDescription(shown, vscode.l10n);
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.contextValue = shown.score === null ? 'image' : 'image scored';
  item.accessibilityInformation = { label: imageSentence(shown, vscode.l10n), role: 'treeitem' };
  // VS Code's own command, whose arguments it can send around: one of ours with the node as its argument is
  // forgotten with every refresh, and a click or key at that moment would fail.
  if (opening !== undefined) item.command = { title: vscode.l10n.t('Open Image'), ...opening };
  return item;
}

/** How an image is drawn: with the labels written since it was listed, and what opens it. */
export interface DrawnImage {
  readonly shown: (node: ImageNode) => ImageItem;
  /** What a click does; undefined where the file is not known. */
  readonly openingOf: (
    node: ImageNode,
  ) => Pick<vscode.Command, 'command' | 'arguments'> | undefined;
}

export function treeItemOf(
  node: Node,
  sortBy: Sorting,
  { shown, openingOf }: DrawnImage,
): vscode.TreeItem {
  const item =
    node.kind === 'group'
      ? groupItem(node)
      : node.kind === 'range'
        ? rangeItem(node, sortBy)
        : imageItem(shown(node), openingOf(node));
  item.id = nodeId(node);
  return item;
}

/** A hover: what is known of the image, and its picture where there is one. */
export function imageHover(
  item: ImageItem,
  file: vscode.Uri | undefined,
  picture: string | undefined,
): vscode.MarkdownString {
  const hover = new vscode.MarkdownString();
  hover.appendText(file?.fsPath ?? item.image);
  for (const [name, value] of imageFacts(item, vscode.l10n)) {
    hover.appendMarkdown('  \n').appendText(`${name}: ${value}`);
  }
  if (picture !== undefined) {
    const address = vscode.Uri.file(picture).toString().replaceAll(')', '%29');
    hover.appendMarkdown(`\n\n![](${address})`);
  }
  return hover;
}
