/**
 * Serves one grid: listings, pages and pictures as its page asks for them, labels as a person gives them.
 * Knows VS Code by types alone. While the server is away it goes on with what was read, and labels are
 * written all the same.
 */
import type { Disposable, Event } from 'vscode';
import type { ImageItem, ImageQuery, ProjectInfo } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type {
  FromGrid,
  GridPlace,
  GridTaste,
  GridWords,
  Mark,
  PictureKind,
  ToGrid,
  ViewStatus,
} from '../../protocol/webview.ts';
import { gridPage, largeSide } from '../../protocol/webview.ts';
import type { LabelChange, LabelStore } from '../labels/labelStore.ts';
import type { ServerHandle } from '../server/serverHandle.ts';
import type { ViewPort } from '../webviews/panels.ts';
import { Listing, countUnlabelled } from './listing.ts';
import type { ListingSource } from './listing.ts';
import { PictureQueue } from './pictureQueue.ts';
import type { Cancellation, Picture } from './pictureQueue.ts';

/** The images view: its query is the grid's. */
export interface GridExplorer {
  readonly query: ImageQuery;
  readonly onDidChangeQuery: Event<void>;
  /** Shows an image in the tree. */
  reveal(project: string, image: string): PromiseLike<void> | void;
}

/** Everything outside of the session. */
export interface GridWorld {
  readonly server: Pick<ServerHandle, 'state' | 'onDidChangeState' | 'request'>;
  readonly projects: {
    readonly all: readonly ProjectInfo[];
    readonly onDidChange: Event<ProjectInfo | undefined>;
  };
  readonly labels: Pick<LabelStore, 'set' | 'applied' | 'onDidChange'>;
  readonly explorer: GridExplorer;
  readonly words: GridWords;
  readonly absence: {
    readonly starting: string;
    readonly waiting: string;
    readonly gone: string;
  };
  readonly taste: () => GridTaste;
  readonly keepTaste: (taste: GridTaste) => void;
  readonly markTitle: (mark: Mark, images: readonly string[]) => string;
  readonly newCancellation: () => Cancellation;
  /** Opens an image in an editor. */
  readonly open: (dataset: string, image: string) => PromiseLike<unknown>;
  readonly serverCommand: (command: 'restart' | 'showLog') => void;
  readonly showError: (error: unknown) => void;
  readonly isStale: (error: unknown) => boolean;
  readonly isAway: (error: unknown) => boolean;
  readonly warn: (problem: string) => void;
}

type Message<T extends FromGrid['type']> = Extract<FromGrid, { type: T }>;
type Handlers = { readonly [T in FromGrid['type']]: (message: Message<T>) => unknown };

/** As the label commands of the images view write them. */
const changes: Readonly<Record<Mark, LabelChange>> = {
  ok: { label: 'ok', supervision: '' },
  defective: { label: 'defective' },
  clear: { label: '' },
};

export class GridSession implements Disposable {
  readonly #place: GridPlace;
  readonly #view: ViewPort<ToGrid, FromGrid>;
  readonly #world: GridWorld;
  readonly #subscriptions: Disposable[];
  readonly #thumbnails: PictureQueue;
  readonly #large: PictureQueue;
  #text: string;
  #listing: Listing | undefined;
  /** Images without a label in the listing, as the server counted them. */
  #unlabelled: number | undefined;
  /** As the page has them, to send only what changed. */
  readonly #sent = new Map<string, ImageItem>();
  /** Images that the page was told of: it may ask for nothing else. */
  readonly #told = new Set<string>();
  /** What was last known of the project, to tell a change of it from one of another. */
  #lastProject = '';
  /** Grows with each reading, so that a slow one does not replace a newer one. */
  #reading = 0;

  constructor(place: GridPlace, view: ViewPort<ToGrid, FromGrid>, world: GridWorld) {
    this.#place = place;
    this.#view = view;
    this.#world = world;
    this.#text = world.explorer.query.filter.text ?? '';
    this.#thumbnails = this.#pictures({ batch: 24, atOnce: 2 });
    this.#large = this.#pictures({ batch: 1, atOnce: 1 });
    const { server, projects, labels, explorer } = world;
    this.#subscriptions = [
      view.onMessage((message) => this.#take(message)),
      server.onDidChangeState(() => this.#worldChanged()),
      projects.onDidChange(() => this.#worldChanged()),
      labels.onDidChange(() => this.#sendLabels()),
      explorer.onDidChangeQuery(() => this.#queryChanged()),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#thumbnails.dispose();
    this.#large.dispose();
  }

  readonly #handlers: Handlers = {
    ready: () => this.#begin(),
    refresh: (message) => this.#refresh(message),
    page: (message) => this.#sendPage(message),
    pictures: ({ kind, side, images }) => this.#thumbnails.want(kind, side, this.#known(images)),
    look: ({ kind, images }) => this.#large.want(kind, largeSide, this.#known(images)),
    names: (message) => this.#sendNames(message),
    mark: (message) => this.#mark(message),
    open: ({ image }) => this.#open(image),
    reveal: ({ image }) => this.#world.explorer.reveal(this.#place.project, image),
    search: ({ text }) => this.#search(text),
    taste: ({ taste }) => this.#world.keepTaste(taste),
    server: ({ action }) => this.#world.serverCommand(action),
  };

  #take<T extends FromGrid['type']>(message: Message<T>): void {
    const handler = this.#handlers[message.type] as (message: Message<T>) => unknown;
    void this.#answer(() => handler(message));
  }

  async #answer(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#world.isStale(error)) this.#view.post({ type: 'changed' });
    else if (this.#world.isAway(error)) this.#sendStatus();
    else this.#world.showError(error);
  }

  /** A picture that fails costs itself; the log says why. */
  #pictures(load: { batch: number; atOnce: number }): PictureQueue {
    const { server, newCancellation, warn, isAway } = this.#world;
    return new PictureQueue({
      ...load,
      newCancellation,
      fetch: (wish, token) =>
        server.request(
          requests.pictureGet,
          { project: this.#place.project, ...wish, images: [...wish.images] },
          { token },
        ),
      deliver: (kind, side, pictures) => this.#sendPictures(kind, side, pictures),
      failed: (error) => {
        if (!isAway(error)) warn(`Pictures: ${String(error)}`);
      },
    });
  }

  get #project(): ProjectInfo | undefined {
    return this.#world.projects.all.find(({ id }) => id === this.#place.project);
  }

  get #source(): ListingSource {
    const { query } = this.#world.explorer;
    const { text: _, ...others } = query.filter;
    const filter = this.#text === '' ? others : { ...others, text: this.#text };
    const { project, group } = this.#place;
    const groupBy = group?.groupBy ?? query.groupBy;
    return { project, query: { ...query, groupBy, filter }, group: group?.id ?? null };
  }

  #known(images: readonly string[]): string[] {
    return images.filter((image) => this.#told.has(image));
  }

  #begin(): void {
    const { words, taste } = this.#world;
    this.#sent.clear();
    this.#view.post({ type: 'start', words, place: this.#place, taste: taste() });
    this.#sendStatus();
    this.#view.post({ type: 'changed' });
  }

  #worldChanged(): void {
    this.#sendStatus();
    const project = this.#project;
    const { state } = this.#world.server;
    if (project === undefined || state.name !== 'running') {
      // What was asked for meanwhile was not answered: it is asked again.
      this.#lastProject = '';
      return;
    }
    const { processId } = state;
    const seen = JSON.stringify([processId, project]);
    if (seen === this.#lastProject) return;
    this.#lastProject = seen;
    // A server that was started again has nothing yet: what is shown stays until it has read the folder.
    if (project.reading && project.images === 0 && (this.#listing?.total ?? 0) > 0) return;
    this.#view.post({ type: 'changed' });
  }

  #queryChanged(): void {
    this.#text = this.#world.explorer.query.filter.text ?? '';
    this.#view.post({ type: 'changed' });
  }

  #search(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#view.post({ type: 'changed' });
  }

  #sendStatus(): void {
    this.#view.post({ type: 'status', status: this.#status() });
  }

  #status(): ViewStatus {
    const { server, projects, absence } = this.#world;
    const { state } = server;
    const project = this.#project;
    switch (state.name) {
      case 'running':
        if (project !== undefined) return { state: 'ready', message: project.problem ?? '' };
        return projects.all.length > 0
          ? { state: 'gone', message: absence.gone }
          : { state: 'starting', message: absence.waiting };
      case 'starting':
        return { state: 'starting', message: absence.starting };
      case 'stopped':
        return { state: 'away', message: state.why };
      case 'failed':
        return { state: 'away', message: state.error };
    }
  }

  async #refresh({ id, places, selected }: Message<'refresh'>): Promise<void> {
    this.#reading += 1;
    const reading = this.#reading;
    try {
      const listing = await Listing.read(this.#world.server, this.#source);
      const found = await listing.places(places);
      const kept = selected.length === 0 ? [] : await listing.places(selected);
      if (reading !== this.#reading) return;
      this.#listing = listing;
      this.#unlabelled = undefined;
      this.#sendListing(id, listing, found, kept);
      await this.#countLabels(listing);
    } catch (error) {
      if (reading !== this.#reading) return;
      const held = this.#listing;
      if (held !== undefined) {
        this.#sendListing(id, held, held.heldPlaces(places), held.heldPlaces(selected));
        this.#sendProgress();
      }
      this.#sendStatus();
      this.#failed(error);
    }
  }

  #sendListing(
    id: number,
    { version, total }: Listing,
    places: (number | null)[],
    selected: (number | null)[],
  ): void {
    const project = this.#project;
    const { text, ...others } = this.#source.query.filter;
    this.#view.post({
      ...{ type: 'listing', id, version, total, text: this.#text, places },
      reading: project?.reading ?? false,
      filtered: text !== undefined || Object.keys(others).length > 0,
      threshold: (project?.activeRun ?? null) === null ? null : (project?.threshold ?? null),
      selected,
    });
  }

  async #countLabels(listing: Listing): Promise<void> {
    const unlabelled = await countUnlabelled(this.#world.server, this.#source);
    if (this.#listing !== listing) return;
    this.#unlabelled = unlabelled;
    this.#sendProgress();
  }

  /** The server's count, with the labels written since it counted. */
  #sendProgress(): void {
    const listing = this.#listing;
    if (listing === undefined || this.#unlabelled === undefined) return;
    let unlabelled = this.#unlabelled;
    for (const item of listing.held) {
      const now = this.#applied(item);
      if (item.state === 'unlabelled' && now.state !== 'unlabelled') unlabelled -= 1;
      if (item.state !== 'unlabelled' && now.state === 'unlabelled') unlabelled += 1;
    }
    const { total } = listing;
    const progress = { total, unlabelled: Math.min(total, Math.max(0, unlabelled)) };
    this.#view.post({ type: 'progress', progress });
  }

  #applied(item: ImageItem): ImageItem {
    return this.#world.labels.applied(this.#place.project, item);
  }

  async #sendPage({ version, offset }: Message<'page'>): Promise<void> {
    const listing = this.#listing;
    if (listing?.version !== version) return;
    const items = (await listing.page(offset, offset + gridPage)).map((item) =>
      this.#applied(item),
    );
    if (this.#listing !== listing) return;
    for (const item of items) {
      this.#sent.set(item.image, item);
      this.#told.add(item.image);
    }
    this.#view.post({ type: 'page', version, offset, items });
  }

  /** Labels are shown before the server's listing has them. */
  #sendLabels(): void {
    const changed: ImageItem[] = [];
    for (const item of this.#listing?.held ?? []) {
      const before = this.#sent.get(item.image);
      const now = this.#applied(item);
      if (before === undefined || JSON.stringify(before) === JSON.stringify(now)) continue;
      this.#sent.set(item.image, now);
      changed.push(now);
    }
    if (changed.length > 0) this.#view.post({ type: 'items', items: changed });
    this.#sendProgress();
  }

  #sendPictures(kind: PictureKind, side: number, pictures: readonly Picture[]): void {
    this.#view.post({
      ...{ type: 'pictures', kind, side },
      pictures: pictures.map(({ image, file }) => ({
        image,
        uri: file === null ? null : this.#view.addressOf(file),
      })),
    });
  }

  async #sendNames({ version, from, to }: Message<'names'>): Promise<void> {
    const listing = this.#listing;
    if (listing?.version !== version) return;
    const names = (await listing.page(from, to)).map(({ image }) => image);
    for (const name of names) this.#told.add(name);
    this.#view.post({ type: 'names', version, from, names });
  }

  async #mark({ id, mark, images: asked }: Message<'mark'>): Promise<void> {
    this.#view.post({ type: 'heard', id });
    const images = this.#known(asked);
    const project = this.#project;
    if (project === undefined || images.length === 0) return;
    const { dataset, labelsFile } = project;
    const title = this.#world.markTitle(mark, images);
    const place = { project: project.id, dataset, labelsFile };
    await this.#world.labels.set(place, images, changes[mark], title);
  }

  async #open(image: string): Promise<void> {
    const project = this.#project;
    if (project === undefined || !this.#told.has(image)) return;
    await this.#world.open(project.dataset, image);
  }
}
