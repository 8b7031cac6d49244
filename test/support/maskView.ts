/** A web view of the mask editor as a test has it: it shows what it is told, in the order in which it is told. */
import type * as vscode from 'vscode';
import type { Layers } from '../../protocol/mask/edits.ts';
import { applyToggles } from '../../protocol/mask/edits.ts';
import type { FromMaskEditor, ToMaskEditor } from '../../protocol/maskEditor.ts';
import { layersOf } from '../../extension/maskEditor/maskModel.ts';
import { EventEmitter } from './fakeVscode.ts';
import type { Uri } from './fakeVscode.ts';

export class MaskView {
  /** What it shows; undefined before it was told. */
  layers: Layers | undefined;
  version = -1;
  readonly told: ToMaskEditor[] = [];
  readonly #size: { readonly width: number; readonly height: number };
  readonly #sent = new EventEmitter<unknown>();
  readonly #gone = new EventEmitter<undefined>();

  constructor(size: { readonly width: number; readonly height: number }) {
    this.#size = size;
  }

  /** What VS Code hands a custom editor. */
  get panel(): vscode.WebviewPanel {
    const webview = {
      ...{ options: {}, html: '', cspSource: 'https://source' },
      onDidReceiveMessage: this.#sent.event,
      postMessage: (message: ToMaskEditor) => this.#hear(structuredClone(message)),
      asWebviewUri: (uri: Uri) => uri,
    };
    const panel = {
      ...{ webview, active: true, visible: true, title: '', viewColumn: 1 },
      onDidChangeViewState: new EventEmitter<unknown>().event,
      onDidDispose: this.#gone.event,
    };
    return panel as unknown as vscode.WebviewPanel;
  }

  /** Anything at all. */
  send(message: unknown): void {
    this.#sent.fire(message);
  }

  say(message: FromMaskEditor): void {
    this.send(message);
  }

  close(): void {
    this.#gone.fire(undefined);
  }

  #hear(message: ToMaskEditor): void {
    this.told.push(message);
    if (message.type !== 'layers' && message.type !== 'applied') return;
    if (message.version < this.version) throw new Error('a view was told of the past');
    this.version = message.version;
    const { width, height } = this.#size;
    if (message.type === 'layers') this.layers = layersOf(width, height, message);
    else if (this.layers) applyToggles(this.layers, message.toggles);
  }
}
