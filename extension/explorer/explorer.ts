/**
 * The images view: shows the current project by the query, keeps the last listing while the server is away,
 * lists the folder itself when there never was one, and knows which images commands are about.
 */
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError, errorText } from '../../protocol/errors.ts';
import type { ImageQuery, ProjectInfo } from '../../protocol/explorer.ts';
import { errorCodes, requests } from '../../protocol/messages.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { errorCodeOf } from '../errors.ts';
import type { LabelPlace } from '../labels/labelStore.ts';
import { placeOfProject } from '../labels/placeOf.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { explorerCommands } from './commands.ts';
import { ImagesDragAndDrop } from './dragAndDrop.ts';
import { ImageTree } from './imageTree.ts';
import type { ListingSource } from './imageTree.ts';
import { ImagesProvider } from './imagesProvider.ts';
import { labelCommands } from './labelCommands.ts';
import type { LocalImages } from './localImages.ts';
import type { ImageNode, Node } from './nodes.ts';
import { keepingPlace } from './placeKeeper.ts';
import { QueryStore } from './query.ts';
import { activeFile, chosenImages } from './selection.ts';
import type { ChosenImage } from './selection.ts';
import { mistakesText, queryText } from './texts.ts';
import { openLikeActive } from '../openImage.ts';
import { viewMessage } from './viewTexts.ts';

/** Changes that follow each other closely are one reading of the list. */
const settle = 150;

/** The server runs, but has not read the folder yet: what was listed before is better than its nothing. */
class NotReadYet extends Error {}

function serverSource({ server }: Pick<Services, 'server'>): ListingSource {
  return {
    groups: async (project, query, parent) => {
      const groups = await server.request(requests.datasetGroups, { project, query, parent });
      if (groups.version === 0) throw new NotReadYet();
      return groups;
    },
    page: (project, query, at) => server.request(requests.datasetPage, { project, query, ...at }),
    locate: (project, query, image) =>
      server.request(requests.datasetLocate, { project, query, image, flat: false }),
  };
}

export class ExplorerView {
  readonly #services: Services;
  readonly #source: ListingSource;
  readonly #query: QueryStore;
  readonly #tree: ImageTree;
  readonly #provider: ImagesProvider;
  readonly #view: vscode.TreeView<Node>;
  readonly #subscriptions: { dispose(): unknown }[];
  #local: LocalImages | undefined;
  #isFinding = false;
  /** Projects of which there is a listing of the server to show. */
  readonly #listed = new Set<string>();
  #wasStarted = false;
  /** What the tree was last read for. */
  #seen = '';
  #isEmpty = true;
  #selectionIsLatest = false;
  #lastSelection: readonly Node[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  readonly onDidChangeQuery: vscode.Event<void>;
  readonly commands: CommandTable;

  constructor(services: Services) {
    this.#services = services;
    this.#source = serverSource(services);
    this.#query = new QueryStore(services.extension.workspaceState);
    this.onDidChangeQuery = this.#query.onDidChange;
    this.#tree = new ImageTree({
      isStale: (error) => errorCodeOf(error) === errorCodes.stale,
      isAway: (error) => error instanceof ServerAway || error instanceof NotReadYet,
    });
    this.#provider = new ImagesProvider(services, this.#tree, (node) => this.#fileOf(node));
    this.#view = vscode.window.createTreeView('segdec.images', {
      treeDataProvider: this.#provider,
      canSelectMany: true,
      showCollapseAll: true,
      dragAndDropController: new ImagesDragAndDrop(services, this),
    });
    this.commands = {
      ...explorerCommands(services, this, this.#query),
      ...labelCommands(services, this),
    };
    this.#subscriptions = [this.#query, this.#provider, this.#view, ...this.#listen()];
    this.#update();
  }

  get query(): ImageQuery {
    return this.#query.query;
  }

  /** Where the labels of a listed project are kept. */
  placeOf(project: string): LabelPlace | undefined {
    const info = this.#services.projects.all.find(({ id }) => id === project);
    if (info !== undefined) return placeOfProject(info);
    return this.#local?.place.project === project ? this.#local.place : undefined;
  }

  /** The images that a command is about, by the arguments that VS Code passed; [] when there are none. */
  selectedImages(args: readonly unknown[]): Promise<readonly ChosenImage[]> {
    return chosenImages(
      args,
      {
        nodes: () => this.#selection(),
        isLatest: this.#selectionIsLatest,
        placeOf: (project) => this.placeOf(project),
        shown: (node) => this.#provider.shown(node),
      },
      this.#services,
    );
  }

  /**
   * Does work that a key asked for in the tree, after what keys asked before: who types ahead means the images
   * that will be selected then.
   */
  inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    // Whoever asked hears of a failure; the next in turn goes on all the same.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Does work that labels the tree's selection, and selects what follows it if that moves it away. */
  async keepingPlace(work: () => Promise<void>): Promise<void> {
    const selection = await this.#selection();
    const tree = {
      selection,
      siblings: (parent: Node | undefined) => this.#tree.children(parent),
      shown: (node: ImageNode) => this.#provider.shown(node),
      isGroupedByLabel: () => this.query.groupBy === 'split' && this.#local === undefined,
      isOpen: (node: ImageNode) => activeFile()?.toString() === this.#fileOf(node)?.toString(),
      reveal: (node: ImageNode) => this.#view.reveal(node, { select: true, focus: true }),
      open: async (node: ImageNode) => {
        const file = this.#fileOf(node);
        if (file !== undefined) await openLikeActive(file, { preview: true, preserveFocus: true });
      },
    };
    await keepingPlace(tree, work);
  }

  /**
   * The selected nodes. While VS Code reads the tree anew it forgets which these are: then they are those that
   * it told last, or, if it could not even tell these, those that it knows in the end.
   */
  async #selection(): Promise<readonly Node[]> {
    const view = this.#view;
    if (view.selection.length > 0) return view.selection;
    if (this.#provider.isReadAnew && this.#lastSelection.length > 0) return this.#lastSelection;
    while (view.selection.length === 0 && this.#provider.isReadAnew) await wait(50);
    return view.selection;
  }

  /** The same as files. */
  async selectedFiles(args: readonly unknown[]): Promise<readonly vscode.Uri[]> {
    return (await this.selectedImages(args)).map(({ uri }) => uri);
  }

  /** Shows and selects an image in the tree, of whichever project. */
  async reveal(project: string, image: string): Promise<void> {
    const { projects } = this.#services;
    const isListed = projects.all.some(({ id }) => id === project);
    if (isListed && projects.current?.id !== project) await projects.choose(project);
    this.#update();
    const node = await this.#tree.find(image);
    if (node !== undefined) {
      await this.#view.reveal(node, { select: true, focus: true });
      return;
    }
    if (!this.#query.isFiltered) {
      throw new UserError(vscode.l10n.t('{0} is not among the images of this dataset.', image));
    }
    const clear = vscode.l10n.t('Clear Filter');
    const question = vscode.l10n.t('The filter leaves {0} out.', image);
    if ((await vscode.window.showInformationMessage(question, clear)) !== clear) return;
    await this.#query.filter({});
    await this.reveal(project, image);
  }

  /** Reads the folder anew, by the server or without it. */
  async refresh(): Promise<void> {
    const { server, projects } = this.#services;
    try {
      await server.start();
      const project = projects.current?.id;
      if (project !== undefined) await server.request(requests.projectRefresh, { project });
    } catch (error) {
      this.#local = undefined;
      this.#update();
      throw error;
    }
    this.#seen = '';
    this.#update();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #listen(): { dispose(): unknown }[] {
    const { projects, server, labels } = this.#services;
    return [
      projects.onDidChange(() => this.#update()),
      server.onDidChangeState(({ name }) => {
        this.#wasStarted ||= name === 'starting' || name === 'running';
        this.#update();
        this.#provider.redraw();
      }),
      labels.onDidChange(() => this.#provider.redraw()),
      this.#query.onDidChange(() => this.#update()),
      this.#provider.onDidLoadTop((nodes) => this.#loaded(nodes)),
      this.#view.onDidChangeSelection(({ selection }) => {
        this.#lastSelection = selection;
        this.#selectionIsLatest = true;
      }),
      vscode.window.tabGroups.onDidChangeTabs(() => (this.#selectionIsLatest = false)),
      vscode.window.tabGroups.onDidChangeTabGroups(() => (this.#selectionIsLatest = false)),
    ];
  }

  #fileOf({ project, item }: ImageNode): vscode.Uri | undefined {
    const place = this.placeOf(project);
    return place && vscode.Uri.joinPath(vscode.Uri.file(place.dataset), ...item.image.split('/'));
  }

  get #serverAway(): boolean {
    const { name } = this.#services.server.state;
    return name === 'failed' || (name === 'stopped' && this.#wasStarted);
  }

  /** Makes the tree show what it should, and says so. */
  #update(): void {
    const { projects } = this.#services;
    const project = projects.current;
    if (!this.#needsLocal(project)) this.#local = undefined;
    else if (this.#local === undefined) this.#findLocally();
    const id = this.#local?.place.project ?? project?.id;
    const source = this.#local?.listing ?? this.#source;
    const { query } = this;
    const before = this.#tree.shown;
    const same = before?.project === id && before?.query === query && before.source === source;
    if (!same && (id !== undefined || before !== undefined)) {
      this.#tree.show(id === undefined ? undefined : { project: id, query, source });
      this.#isEmpty ||= id === undefined;
      this.#seen = this.#versionOf(project);
      this.#provider.refresh();
    } else if (project !== undefined) this.#refreshIfChanged(project);
    this.#say();
  }

  /** Another process of the server counts its versions anew. */
  #versionOf(project: ProjectInfo | undefined): string {
    return JSON.stringify([this.#services.projects.toldBy, project?.id, project?.version]);
  }

  #refreshIfChanged(project: ProjectInfo): void {
    if (this.#services.server.state.name !== 'running') return;
    // A server that was started again has nothing yet: what is shown stays until it has read the folder.
    if (this.#isFirstReading(project) || this.#versionOf(project) === this.#seen) return;
    this.#seen = this.#versionOf(project);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tree.refresh();
      this.#provider.refresh();
    }, settle);
  }

  #isFirstReading(project: ProjectInfo | undefined): boolean {
    return project?.reading === true && project.images === 0;
  }

  /** The server is away and never told what there is. */
  #needsLocal(project: ProjectInfo | undefined): boolean {
    return this.#serverAway && (project === undefined || !this.#listed.has(project.id));
  }

  #findLocally(): void {
    if (this.#isFinding) return;
    this.#isFinding = true;
    const source = new vscode.CancellationTokenSource();
    void import('./localImages.ts')
      .then(({ findLocalImages }) => findLocalImages(source.token))
      .then((found) => {
        if (!this.#needsLocal(this.#services.projects.current)) return;
        this.#local = found;
        if (found !== undefined) this.#update();
      })
      .catch((error: unknown) => this.#services.log.warn(errorText(error)))
      .finally(() => {
        this.#isFinding = false;
        source.dispose();
      });
  }

  #loaded(nodes: readonly Node[]): void {
    this.#isEmpty = nodes.length === 0;
    const shown = this.#tree.shown;
    if (shown?.source === this.#source && !this.#isEmpty) this.#listed.add(shown.project);
    const groups = nodes.flatMap((node) => (node.kind === 'group' ? [node.group] : []));
    const mistakes = groups.reduce((sum, group) => sum + group.mistakes, 0);
    // Only where all images are in groups, and none is filtered out, is the sum that of the dataset.
    const counts = this.query.groupBy === 'split' && !this.#query.isFiltered;
    const badge = { value: mistakes, tooltip: mistakesText(mistakes, vscode.l10n) };
    this.#view.badge = counts && mistakes > 0 ? badge : undefined;
    this.#say();
  }

  #say(): void {
    const { projects } = this.#services;
    const { current: project, all } = projects;
    const several = all.length > 1;
    this.#view.description = queryText(
      this.query,
      several ? project?.name : undefined,
      vscode.l10n,
    );
    const facts = {
      ...{ project, serverAway: this.#serverAway, local: this.#local },
      ...{ isFiltered: this.#query.isFiltered, isEmpty: this.#isEmpty },
    };
    this.#view.message = viewMessage(facts, vscode.l10n) ?? '';
    const images = this.#local?.images ?? project?.images ?? 0;
    const keepsImages = this.#isFirstReading(project) && this.#tree.isHeld;
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `segdec.${key}`, value);
    set('hasImages', images > 0 || keepsImages);
    set('severalProjects', several);
    set('asksForPlace', project?.outside?.what === 'dataset');
    set('ready', this.#services.projects.toldBy !== undefined && project?.reading !== true);
  }
}

/** The view; its commands are in `commands`. */
export function createExplorer(services: Services): ExplorerView {
  return new ExplorerView(services);
}
