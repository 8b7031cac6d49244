/** The tree of images for VS Code: nodes, their looks, their hovers. */
import * as vscode from 'vscode';
import type { ImageItem } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type { Services } from '../context.ts';
import { isCancelled } from '../errors.ts';
import { ServerAway } from '../server/serverHandle.ts';
import type { ImageTree } from './imageTree.ts';
import { openingOf } from '../openImage.ts';
import { imageDescription, imageSentence } from './texts.ts';
import type { ImageNode, Node } from './nodes.ts';
import { nodeId } from './nodes.ts';
import { imageHover, treeItemOf } from './treeItems.ts';

/** Longest side of the picture in a hover, in pixels. */
const hoverSide = 320;

/** Milliseconds in which VS Code, on a busy machine too, asks for the next list; it waits 200 before it begins. */
const betweenReadings = 2000;

interface Drawn {
  readonly node: ImageNode;
  /** Tells whether it would look otherwise now. */
  readonly look: string;
}

export class ImagesProvider implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #services: Pick<Services, 'labels' | 'server' | 'log'>;
  readonly #tree: ImageTree;
  readonly #fileOf: (node: ImageNode) => vscode.Uri | undefined;
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly #drawn = new Map<string, Drawn>();
  readonly #topLoaded = new vscode.EventEmitter<readonly Node[]>();

  /** Lists that VS Code waits for. */
  #pending = 0;
  #lastRead = 0;

  readonly onDidChangeTreeData = this.#changed.event;
  /** Hears the nodes at the top whenever they are read. */
  readonly onDidLoadTop = this.#topLoaded.event;

  constructor(
    services: Pick<Services, 'labels' | 'server' | 'log'>,
    tree: ImageTree,
    fileOf: (node: ImageNode) => vscode.Uri | undefined,
  ) {
    this.#services = services;
    this.#tree = tree;
    this.#fileOf = fileOf;
  }

  /** True while VS Code reads the tree anew, and knows only some of its nodes. */
  get isReadAnew(): boolean {
    return this.#pending > 0 || Date.now() - this.#lastRead < betweenReadings;
  }

  /** Reads everything anew; VS Code keeps showing what it has until then. */
  refresh(): void {
    this.#lastRead = Date.now();
    this.#drawn.clear();
    this.#changed.fire(undefined);
  }

  /** Draws images anew whose labels were written, or that open otherwise now that the server came or went. */
  redraw(): void {
    const changed = [...this.#drawn.values()]
      .filter(({ node, look }) => this.#lookOf(node) !== look)
      .map(({ node }) => node);
    if (changed.length > 0) this.#changed.fire(changed);
  }

  /** The image with the labels written since it was listed. */
  shown({ project, item }: ImageNode): ImageItem {
    return this.#services.labels.applied(project, item);
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    this.#pending += 1;
    try {
      const nodes = await this.#tree.children(parent);
      if (parent === undefined) this.#topLoaded.fire(nodes);
      return [...nodes];
    } finally {
      this.#pending -= 1;
      this.#lastRead = Date.now();
    }
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const sortBy = this.#tree.shown?.query.sortBy ?? 'name';
    if (node.kind === 'image') {
      this.#drawn.set(nodeId(node), { node, look: this.#lookOf(node) });
    }
    return treeItemOf(node, sortBy, {
      shown: (image) => this.shown(image),
      openingOf: (image) => this.#openingOf(image),
    });
  }

  async resolveTreeItem(
    treeItem: vscode.TreeItem,
    node: Node,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind !== 'image') return treeItem;
    const picture = await this.#picture(node, token);
    treeItem.tooltip = imageHover(this.shown(node), this.#fileOf(node), picture);
    return treeItem;
  }

  /** The tree keeps the focus, so that labelling goes on by keys. */
  #openingOf(node: ImageNode): ReturnType<typeof openingOf> | undefined {
    const file = this.#fileOf(node);
    const options = { preview: true, preserveFocus: true };
    return file && openingOf(file, options, this.#services.server);
  }

  #lookOf(node: ImageNode): string {
    const item = this.shown(node);
    const texts = [imageSentence(item, vscode.l10n), imageDescription(item, vscode.l10n)];
    return JSON.stringify([...texts, this.#openingOf(node)?.command]);
  }

  dispose(): void {
    this.#changed.dispose();
    this.#topLoaded.dispose();
  }

  /** The hover says what it can without a picture; why there is none is in the log. */
  async #picture(
    { project, item }: ImageNode,
    token: vscode.CancellationToken,
  ): Promise<string | undefined> {
    const { server, log } = this.#services;
    if (server.state.name !== 'running') return undefined;
    try {
      const wanted = { project, images: [item.image], kind: 'overlay', side: hoverSide } as const;
      const [file] = await server.request(
        requests.pictureGet,
        { ...wanted, images: [...wanted.images] },
        { token },
      );
      return file ?? undefined;
    } catch (error) {
      if (!(error instanceof ServerAway) && !isCancelled(error)) {
        log.warn(`${item.image}: ${String(error)}`);
      }
      return undefined;
    }
  }
}
