/** Serves one web view of a mask document: what it shows, what it edits, and where it goes from there. */
import * as vscode from 'vscode';
import { errorText } from '../../protocol/errors.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import { mostSide } from '../../protocol/mask/bits.ts';
import type {
  FromMaskEditor,
  LabelState,
  MaskSettings,
  MaskStep,
  MaskTaste,
  ToMaskEditor,
} from '../../protocol/maskEditor.ts';
import { requests } from '../../protocol/messages.ts';
import type { ViewStatus } from '../../protocol/webview.ts';
import type { Services } from '../context.ts';
import { isCancelled, showError } from '../errors.ts';
import { fileName } from '../explorer/texts.ts';
import { absenceWords } from '../grid/words.ts';
import { ServerAway } from '../server/serverHandle.ts';
import type { ViewPort } from '../webviews/panels.ts';
import type { DocumentNews } from './documentParts.ts';
import type { MaskDocument } from './maskDocument.ts';
import type { Readings } from './statusBar.ts';
import { keysOf } from './keys.ts';
import { editLabel, maskWordsNow } from './words.ts';

/** What a session asks of the editor as a whole. */
export interface MaskWorld {
  readonly services: Services;
  readonly taste: () => MaskTaste;
  readonly keepTaste: (taste: MaskTaste) => void;
  readonly settings: () => MaskSettings;
  readonly onDidChangeSettings: vscode.Event<void>;
  readonly go: (session: MaskSession, step: MaskStep) => Promise<void>;
  readonly mark: (document: MaskDocument, mark: 'ok' | 'defective') => Promise<void>;
  readonly askClear: (document: MaskDocument) => Promise<void>;
  /** The mask's bits of the image before; undefined without one of the same size. */
  readonly previousMask: (session: MaskSession) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** The view has all that it shows: there is time for the next image. */
  readonly isIdle: (session: MaskSession) => void;
  readonly hasReadings: (session: MaskSession) => void;
}

/** A page that can be loaded again from the beginning. */
export type MaskViewPort = ViewPort<ToMaskEditor, FromMaskEditor> & { readonly reload: () => void };

type Message<T extends FromMaskEditor['type']> = Extract<FromMaskEditor, { type: T }>;
type Handlers = { readonly [T in FromMaskEditor['type']]: (message: Message<T>) => unknown };

const unknownLabel: LabelState = { state: 'unknown', kind: '', score: null, outcome: '' };

export class MaskSession implements vscode.Disposable {
  readonly document: MaskDocument;
  readonly panel: vscode.WebviewPanel;
  readonly #view: MaskViewPort;
  readonly #world: MaskWorld;
  readonly #subscriptions: vscode.Disposable[];
  #item: ImageItem | undefined;
  /** Of the tiles that the page was told of; '' before. */
  #tiles = '';
  /** The heat map that the page was told of, with its threshold. */
  #heatMap = '';
  /** Of the image as the page was started with. */
  #shownSize = { width: 0, height: 0 };
  #hasStarted = false;
  /** What was last known of the project, to tell a change of it from one of another. */
  #lastProject = '';
  readings: Readings | undefined;
  /** Where the image was in the list when it was opened. */
  lastIndex: number | undefined;

  constructor(
    document: MaskDocument,
    panel: vscode.WebviewPanel,
    view: MaskViewPort,
    world: MaskWorld,
  ) {
    this.document = document;
    this.panel = panel;
    this.#view = view;
    this.#world = world;
    const { server, projects, labels } = world.services;
    this.#subscriptions = [
      view.onMessage((message) => this.#take(message)),
      document.onDidHappen((news) => this.#tell(news)),
      server.onDidChangeState(() => this.#worldChanged()),
      projects.onDidChange(() => this.#worldChanged()),
      labels.onDidChange(() => this.#sendLabel()),
      world.onDidChangeSettings(() => {
        view.post({ type: 'settings', settings: world.settings() });
      }),
    ];
  }

  post(message: ToMaskEditor): void {
    this.#view.post(message);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  readonly #handlers: Handlers = {
    ready: () => this.#begin(),
    edit: (message) => this.#edit(message),
    taste: ({ taste }) => this.#world.keepTaste(taste),
    mark: ({ mark }) => this.#world.mark(this.document, mark),
    go: ({ step }) => this.#world.go(this, step),
    askClear: () => this.#world.askClear(this.document),
    askPrevious: async () => {
      const defect = (await this.#world.previousMask(this)) ?? null;
      this.post({ type: 'previousMask', defect });
    },
    do: ({ command }) =>
      command === 'save'
        ? vscode.workspace.save(this.document.uri)
        : vscode.commands.executeCommand(command),
    server: ({ action }) => vscode.commands.executeCommand(`segdec.server.${action}`),
    readings: (message) => {
      this.readings = message;
      this.#world.hasReadings(this);
    },
    painted: ({ milliseconds }) => {
      const { log } = this.#world.services;
      log.info(`${this.document.place.image}: on screen in ${milliseconds.toFixed(0)} ms.`);
    },
  };

  #take<T extends FromMaskEditor['type']>(message: Message<T>): void {
    const handler = this.#handlers[message.type] as (message: Message<T>) => unknown;
    void this.#answer(() => handler(message));
  }

  async #answer(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof ServerAway) this.#sendStatus();
      await showError(error);
    }
  }

  get #names(): { project: string; image: string } {
    const { place, image } = this.document.place;
    return { project: place.project, image };
  }

  #begin(): void {
    const { document } = this;
    const { taste, settings, services } = this.#world;
    this.#hasStarted = true;
    [this.#tiles, this.#heatMap] = ['', ''];
    this.#shownSize = this.#size;
    this.#lastProject = '';
    this.post({
      ...{ type: 'start', words: maskWordsNow(), keys: keysOf(services.extension) },
      ...{ taste: taste(), settings: settings() },
      image: { name: fileName(document.place.image), ...this.#size },
      ...{ label: this.#label, readOnly: document.readOnly, document: document.uri.toString() },
    });
    this.#sendLayers();
    this.#worldChanged();
  }

  get #size(): { width: number; height: number } {
    return { width: this.document.width, height: this.document.height };
  }

  /** A page is made for one size: it is loaded again for another. */
  #showLayers(): void {
    const { width, height } = this.#shownSize;
    if (width === this.document.width && height === this.document.height) this.#sendLayers();
    else this.#view.reload();
  }

  #sendLayers(): void {
    const { layers, version } = this.document.model;
    const isTooLarge = Math.max(this.document.width, this.document.height) > mostSide;
    const bytes = (name: 'defect' | 'ignore') =>
      isTooLarge || layers[name].isEmpty ? null : layers[name].bytes.slice();
    this.post({ type: 'layers', version, defect: bytes('defect'), ignore: bytes('ignore') });
  }

  #edit({ id, tool, changes }: Message<'edit'>): void {
    const { readOnly } = this.document;
    if (readOnly !== '') {
      this.post({ type: 'refused', id, message: readOnly });
      return;
    }
    try {
      this.document.edit(changes, editLabel(tool), { session: this, id });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.post({ type: 'refused', id, message: errorText(error) });
    }
  }

  #tell(news: DocumentNews): void {
    if (!this.#hasStarted) return;
    if (news.type === 'readOnly') {
      this.post({ type: 'readOnly', message: this.document.readOnly });
    } else if (news.type === 'layers') this.#showLayers();
    else {
      const { asker, toggles } = news;
      const id = asker?.session === this ? asker.id : null;
      const { version } = this.document.model;
      this.post({ type: 'applied', version, id, toggles: [...toggles] });
    }
  }

  #worldChanged(): void {
    if (!this.#hasStarted) return;
    this.#sendStatus();
    const { projects } = this.#world.services;
    const project = projects.all.find(({ id }) => id === this.#names.project);
    if (!projects.isFresh || project === undefined) {
      // What was asked for meanwhile was not answered: it is asked again.
      this.#lastProject = '';
      return;
    }
    const seen = JSON.stringify([projects.toldBy, project.version, project.activeRun]);
    if (seen === this.#lastProject) return;
    this.#lastProject = seen;
    void this.#load();
  }

  /** The image, then what is known of it. Each that fails costs itself. */
  async #load(): Promise<void> {
    const first = this.#tiles === '';
    await Promise.all([this.#loadTiles(), this.#loadItem(), this.#loadHeatMap()]);
    if (first && this.#tiles !== '') this.#world.isIdle(this);
  }

  async #loadTiles(): Promise<void> {
    try {
      const { server } = this.#world.services;
      const { folder, ...tiles } = await server.request(requests.imageTiles, this.#names);
      if (folder === this.#tiles) return;
      await this.document.imageIs(tiles);
      const { width, height } = this.#shownSize;
      // A page begins anew for another size; with edits that do not fit it keeps the picture they were made on.
      if (tiles.width !== width || tiles.height !== height) return;
      this.#tiles = folder;
      this.post({ type: 'tiles', base: this.#view.addressOf(folder), ...tiles });
    } catch (error) {
      if (this.#isQuiet(error)) return;
      this.post({ type: 'unreadable', message: errorText(error) });
    }
  }

  async #loadItem(): Promise<void> {
    try {
      const files = [this.document.uri.fsPath];
      const { server } = this.#world.services;
      const [found] = await server.request(requests.datasetLookup, { files });
      if (found) this.#item = found.item;
      this.#sendLabel();
    } catch (error) {
      this.#warn(error);
    }
  }

  async #loadHeatMap(): Promise<void> {
    try {
      const { server } = this.#world.services;
      const { file, threshold } = await server.request(requests.imageHeatmap, this.#names);
      // Whoever moved the threshold keeps it until there is another map.
      const told = JSON.stringify([file, threshold]);
      if (told === this.#heatMap) return;
      this.#heatMap = told;
      const uri = file === null ? null : this.#view.addressOf(file);
      this.post({ type: 'heatMap', uri, threshold });
    } catch (error) {
      this.#warn(error);
    }
  }

  /** What ends by itself: it is asked again when the server is back. */
  #isQuiet(error: unknown): boolean {
    return error instanceof ServerAway || isCancelled(error);
  }

  #warn(error: unknown): void {
    if (this.#isQuiet(error)) return;
    this.#world.services.log.warn(`${this.document.place.image}: ${errorText(error)}`);
  }

  /** How the image is labelled, with what was written since it was listed. */
  get shownItem(): ImageItem | undefined {
    const { labels } = this.#world.services;
    return this.#item && labels.applied(this.#names.project, this.#item);
  }

  get #label(): LabelState {
    const item = this.shownItem;
    if (item === undefined) return unknownLabel;
    const { state, kind, score, outcome } = item;
    return { state, kind, score, outcome };
  }

  #sendLabel(): void {
    if (this.#hasStarted) this.post({ type: 'label', label: this.#label });
  }

  #sendStatus(): void {
    this.post({ type: 'status', status: this.#status() });
  }

  #status(): ViewStatus {
    const { state } = this.#world.services.server;
    if (state.name === 'running') return { state: 'ready', message: '' };
    if (state.name === 'starting') return { state: 'starting', message: absenceWords().starting };
    return { state: 'away', message: state.name === 'failed' ? state.error : state.why };
  }
}
