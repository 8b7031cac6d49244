/**
 * Web view panels of one kind: opened once for each thing that they show, brought back after a reload of the
 * window, and spoken to only in messages that were checked.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import { receive } from '../../protocol/webview.ts';
import { pageHtml } from './page.ts';

/** The page at the other end, as a session sees it. */
export interface ViewPort<To, From> {
  /** Plain data only: a Node Buffer would arrive as something else. */
  post(message: To): void;
  readonly onMessage: vscode.Event<From>;
  /** The address of a file of the cache, for the page to load. */
  addressOf(file: string): string;
  /** A page that is out of sight is gone, and says `ready` when it is back. */
  readonly visible: boolean;
  rename(title: string): void;
}

/** What tells one kind of panel from another. */
export interface PanelKind<Place, To, From> {
  readonly viewType: string;
  /** Name of its bundle in dist/webview. */
  readonly bundle: string;
  /** What a panel shows: the page keeps it as `place` in its state, and it comes back with the window. */
  readonly place: z.ZodMiniType<Place>;
  readonly incoming: z.ZodMiniType<From>;
  /** Two places with the same key share a panel. */
  readonly keyOf: (place: Place) => string;
  readonly titleOf: (place: Place) => string;
  /** Begins to serve a page; disposed with the panel. */
  readonly serve: (place: Place, view: ViewPort<To, From>) => { dispose(): void };
}

/** Where pages find their files, and the log. */
export interface PanelHome {
  readonly extensionUri: vscode.Uri;
  readonly cacheFolder: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

export class Panels<Place, To, From> implements vscode.Disposable {
  readonly #home: PanelHome;
  readonly #kind: PanelKind<Place, To, From>;
  readonly #open = new Map<
    string,
    { readonly panel: vscode.WebviewPanel; readonly place: Place }
  >();
  readonly #serializer: vscode.Disposable;

  constructor(home: PanelHome, kind: PanelKind<Place, To, From>) {
    this.#home = home;
    this.#kind = kind;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(kind.viewType, {
      deserializeWebviewPanel: async (panel: vscode.WebviewPanel, state: unknown) => {
        this.#restore(panel, state);
      },
    });
  }

  /** What the panel in front shows; undefined where another editor is in front. */
  get active(): Place | undefined {
    return [...this.#open.values()].find(({ panel }) => panel.active)?.place;
  }

  /** Shows a place: in its panel if there is one, else in a new one beside the active editor's tabs. */
  show(place: Place, { preserveFocus = false }: { readonly preserveFocus?: boolean } = {}): void {
    const open = this.#open.get(this.#kind.keyOf(place));
    if (open !== undefined) {
      open.panel.reveal(undefined, preserveFocus);
      return;
    }
    const { viewType, titleOf } = this.#kind;
    const where = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    const title = titleOf(place);
    const panel = vscode.window.createWebviewPanel(viewType, title, where, this.#options());
    this.#fill(panel, place);
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const { panel } of [...this.#open.values()]) panel.dispose();
  }

  #options(): vscode.WebviewOptions {
    const { extensionUri, cacheFolder } = this.#home;
    return {
      enableScripts: true,
      localResourceRoots: [this.#ours(extensionUri), cacheFolder],
      // The way out when the extension host died: nothing else of a page reaches VS Code then.
      enableCommandUris: ['workbench.action.reloadWindow'],
    };
  }

  #ours(extensionUri: vscode.Uri): vscode.Uri {
    return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  }

  #restore(panel: vscode.WebviewPanel, state: unknown): void {
    const { place: schema, viewType, keyOf } = this.#kind;
    const saved = typeof state === 'object' && state !== null && 'place' in state && state.place;
    const parsed = schema.safeParse(saved);
    if (!parsed.success || this.#open.has(keyOf(parsed.data))) {
      this.#home.log.warn(`${viewType}: a panel did not come back; what it showed was not kept.`);
      panel.dispose();
      return;
    }
    panel.webview.options = this.#options();
    this.#fill(panel, parsed.data);
  }

  #fill(panel: vscode.WebviewPanel, place: Place): void {
    const { extensionUri, log } = this.#home;
    const { bundle, incoming, keyOf, titleOf, serve, viewType } = this.#kind;
    const { webview } = panel;
    panel.title = titleOf(place);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    const messages = new vscode.EventEmitter<From>();
    const listening = webview.onDidReceiveMessage((value: unknown) => {
      const message = receive(incoming, value, (problem) => log.warn(`${viewType}: ${problem}`));
      if (message !== undefined) messages.fire(message);
    });
    const served = serve(place, {
      post: (message) => void webview.postMessage(message),
      onMessage: messages.event,
      addressOf: (file) => webview.asWebviewUri(vscode.Uri.file(file)).toString(),
      get visible() {
        return panel.visible;
      },
      rename: (title) => (panel.title = title),
    });
    this.#open.set(keyOf(place), { panel, place });
    panel.onDidDispose(() => {
      this.#open.delete(keyOf(place));
      for (const part of [served, listening, messages]) part.dispose();
    });
    const file = (name: string) =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#ours(extensionUri), name)).toString();
    webview.html = pageHtml({
      title: titleOf(place),
      language: vscode.env.language,
      script: file(`${bundle}.js`),
      style: file(`${bundle}.css`),
      source: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
    });
  }
}
