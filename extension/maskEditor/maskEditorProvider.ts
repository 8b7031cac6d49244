/** VS Code's custom editor of masks: opens documents, fills their web views, passes their edits on. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError, errorText } from '../../protocol/errors.ts';
import type { FromMaskEditor, ToMaskEditor } from '../../protocol/maskEditor.ts';
import { fromMaskEditor } from '../../protocol/maskEditor.ts';
import { receive } from '../../protocol/webview.ts';
import { fileName } from '../explorer/texts.ts';
import { maskEditorType } from '../openImage.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { pageHtml } from '../webviews/page.ts';
import type { MaskDocument } from './maskDocument.ts';
import { readMask } from './maskFiles.ts';
import { MaskSession } from './maskSession.ts';
import type { MaskWorld } from './maskSession.ts';
import { openDocument } from './openDocument.ts';
import { MaskStatusBar } from './statusBar.ts';

const bundle = 'maskEditor';

export class MaskEditorProvider
  implements vscode.CustomEditorProvider<MaskDocument>, vscode.Disposable
{
  readonly #world: MaskWorld;
  readonly #saved: (document: MaskDocument) => Promise<void>;
  readonly #sessions = new Set<MaskSession>();
  /** Their save was asked for while the server was away. */
  readonly #late = new Set<MaskDocument>();
  /** With `undo` an edit for VS Code's stack, without a dirty mark alone. */
  readonly #changed = new vscode.EventEmitter<
    | vscode.CustomDocumentEditEvent<MaskDocument>
    | vscode.CustomDocumentContentChangeEvent<MaskDocument>
  >();
  readonly #statusBar = new MaskStatusBar();
  readonly #registration: vscode.Disposable;
  readonly #listening: vscode.Disposable;

  readonly onDidChangeCustomDocument = this.#changed.event;

  /** `saved` hears of each save whose mask was written. */
  constructor(world: MaskWorld, saved: (document: MaskDocument) => Promise<void>) {
    this.#world = world;
    this.#saved = saved;
    this.#listening = world.services.server.onDidChangeState(({ name }) => {
      if (name === 'running') void this.#saveLate();
    });
    this.#registration = vscode.window.registerCustomEditorProvider(maskEditorType, this, {
      supportsMultipleEditorsPerDocument: true,
      // Zoom and what is being placed stay while another tab is in front.
      webviewOptions: { retainContextWhenHidden: true },
    });
  }

  /** The editor that the person looks at. */
  get active(): MaskSession | undefined {
    return [...this.#sessions].find(({ panel }) => panel.active);
  }

  async openCustomDocument(
    uri: vscode.Uri,
    { backupId }: vscode.CustomDocumentOpenContext,
  ): Promise<MaskDocument> {
    const document = await openDocument(this.#world.services, uri, backupId, this.#saved);
    const listening = document.onDidEdit((edit) => {
      const { label } = edit;
      const [undo, redo] = [() => edit.undo(), () => edit.redo()];
      this.#changed.fire({ document, label, undo, redo });
    });
    const marking = document.onDidMark(() => this.#changed.fire({ document }));
    document.onDidDispose(() => {
      this.#late.delete(document);
      vscode.Disposable.from(listening, marking).dispose();
    });
    return document;
  }

  resolveCustomEditor(document: MaskDocument, panel: vscode.WebviewPanel): void {
    this.#fill(document, panel);
    document.tellOfStart();
  }

  async saveCustomDocument(document: MaskDocument): Promise<void> {
    const { server } = this.#world.services;
    this.#late.delete(document);
    try {
      await document.save();
    } catch (error) {
      const isRunning = server.state.name === 'running';
      if (!isRunning || error instanceof ServerAway) this.#late.add(document);
      // It was away for a moment only.
      if (isRunning) void this.#saveLate();
      throw error;
    }
  }

  saveCustomDocumentAs(): Promise<void> {
    return Promise.reject(
      new UserError(
        vscode.l10n.t('A mask belongs to its image and cannot be saved elsewhere: use Save.'),
      ),
    );
  }

  revertCustomDocument(document: MaskDocument): Promise<void> {
    return document.revert();
  }

  backupCustomDocument(
    document: MaskDocument,
    { destination }: vscode.CustomDocumentBackupContext,
  ): Promise<vscode.CustomDocumentBackup> {
    return document.backup(destination);
  }

  /** Saves what could not be saved, once the server has read the folder again. */
  async #saveLate(): Promise<void> {
    const late = [...this.#late];
    this.#late.clear();
    for (const document of late) {
      try {
        await readMask(this.#world.services, document.place, 'wait');
        if (document.isDirty) await vscode.workspace.save(document.uri);
      } catch (error) {
        // Away again: when it is back the next time.
        if (error instanceof ServerAway) this.#late.add(document);
        // Else it stays dirty, and is saved by hand.
        else this.#world.services.log.warn(`${document.uri.fsPath}: ${errorText(error)}`);
      }
    }
  }

  showReadings(): void {
    this.#statusBar.show(this.active?.readings);
  }

  dispose(): void {
    const parts = [this.#registration, this.#listening, this.#statusBar, this.#changed];
    for (const part of parts) part.dispose();
    for (const session of this.#sessions) session.dispose();
  }

  #fill(document: MaskDocument, panel: vscode.WebviewPanel): void {
    const { extension, log } = this.#world.services;
    const { webview } = panel;
    const ours = vscode.Uri.joinPath(extension.extensionUri, 'dist', 'webview');
    const cache = vscode.Uri.joinPath(extension.globalStorageUri, 'cache');
    webview.options = {
      enableScripts: true,
      localResourceRoots: [ours, cache],
      // The way out when the extension host died: nothing else of a page reaches VS Code then.
      enableCommandUris: ['workbench.action.reloadWindow'],
    };
    const messages = new vscode.EventEmitter<FromMaskEditor>();
    const listening = webview.onDidReceiveMessage((value: unknown) => {
      const warn = (problem: string): void => log.warn(`${maskEditorType}: ${problem}`);
      const message = receive(fromMaskEditor, value, warn);
      if (message !== undefined) messages.fire(message);
    });
    const view = {
      post: (message: ToMaskEditor) => void webview.postMessage(message),
      onMessage: messages.event,
      addressOf: (file: string) => webview.asWebviewUri(vscode.Uri.file(file)).toString(),
      get visible() {
        return panel.visible;
      },
      rename: (title: string) => (panel.title = title),
      reload: () => load(),
    };
    const session = new MaskSession(document, panel, view, this.#world);
    this.#sessions.add(session);
    const seeing = panel.onDidChangeViewState(() => this.showReadings());
    panel.onDidDispose(() => {
      this.#sessions.delete(session);
      for (const part of [session, listening, seeing, messages]) part.dispose();
      this.showReadings();
    });
    const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(ours, name)).toString();
    // The nonce is another one each time, so that VS Code loads the page again.
    const load = (): void => {
      webview.html = pageHtml({
        title: fileName(document.place.image),
        language: vscode.env.language,
        script: file(`${bundle}.js`),
        style: file(`${bundle}.css`),
        source: webview.cspSource,
        nonce: randomBytes(16).toString('base64url'),
      });
    };
    load();
  }
}
