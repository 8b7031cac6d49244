/** A client of the language server without an editor: the built program over stdio. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import {
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type {
  ClientCapabilities,
  Diagnostic,
  InitializeResult,
  PublishDiagnosticsParams,
} from 'vscode-languageserver';
import type { ProjectInfo } from '../../protocol/explorer.ts';

export interface ClientOptions {
  /** Open folders. */
  readonly folders: readonly string[];
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: Readonly<Record<string, unknown>>;
  /** The section `segdec`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly clientName?: string;
}

export interface Heard {
  readonly method: string;
  readonly params: unknown;
}

const capabilities: ClientCapabilities = {
  workspace: { configuration: true, workspaceFolders: true, inlayHint: { refreshSupport: true } },
  textDocument: { hover: { contentFormat: ['markdown', 'plaintext'] } },
};

export class LanguageClient {
  readonly connection: MessageConnection;
  /** Everything that the server said without being asked, and what it asked the client. */
  readonly heard: Heard[] = [];
  /** The last published, by URI. */
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  settings: Readonly<Record<string, unknown>>;
  projects: readonly ProjectInfo[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #versions = new Map<string, number>();

  constructor(connection: MessageConnection, settings: Readonly<Record<string, unknown>>) {
    this.connection = connection;
    this.settings = settings;
    connection.onNotification((method, params) => this.#hear(method, params));
    connection.onRequest((method, params) => {
      this.#hear(method, params);
      return method === 'workspace/configuration' ? [this.settings] : null;
    });
  }

  /** What `probe` gives once it gives something; looks again with every message. */
  async waitFor<T>(what: string, probe: () => T | undefined, timeout = 120_000): Promise<T> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`The server did not give: ${what}.`);
      await new Promise<void>((wake) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#wakers.delete(done);
          wake();
        };
        const timer = setTimeout(done, Math.min(left, 1000));
        this.#wakers.add(done);
      });
    }
  }

  /** Waits until a project was read, with as many images. */
  async ready(folder: string): Promise<ProjectInfo> {
    return await this.waitFor(`the project ${folder}`, () =>
      this.projects.find(({ id, reading, version }) => id === folder && !reading && version > 0),
    );
  }

  /** Waits for diagnostics of a file that `fit`. */
  async problems(
    file: string,
    fit: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]> {
    const uri = pathToFileURL(file).href;
    return await this.waitFor(`problems of ${file}`, () => {
      const found = this.diagnostics.get(uri) ?? [];
      return fit(found) ? found : undefined;
    });
  }

  async open(file: string, text: string, languageId = 'plaintext'): Promise<string> {
    const uri = pathToFileURL(file).href;
    this.#versions.set(uri, 1);
    const textDocument = { uri, languageId, version: 1, text };
    await this.connection.sendNotification('textDocument/didOpen', { textDocument });
    return uri;
  }

  /** Replaces the whole text of an open document. */
  async change(uri: string, text: string): Promise<void> {
    const version = (this.#versions.get(uri) ?? 1) + 1;
    this.#versions.set(uri, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async request<R>(method: string, params: unknown): Promise<R> {
    return await this.connection.sendRequest<R>(method, params);
  }

  #hear(method: string, params: unknown): void {
    this.heard.push({ method, params });
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as PublishDiagnosticsParams;
      this.diagnostics.set(uri, diagnostics);
    }
    if (method === 'segdec/projects/changed') {
      this.projects = (params as { projects: readonly ProjectInfo[] }).projects;
    }
    for (const wake of [...this.#wakers]) wake();
  }
}

/** Starts a server and says hello; it is killed when the running test ends. */
export async function startLanguageClient(
  options: ClientOptions,
): Promise<{ client: LanguageClient; hello: InitializeResult; child: ChildProcess }> {
  const child = spawn(process.execPath, [resolve('dist/server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  onTestFinished(async () => {
    connection.dispose();
    child.kill('SIGKILL');
    await closed;
  });
  const client = new LanguageClient(connection, options.settings ?? {});
  connection.listen();
  const hello = await client.request<InitializeResult>('initialize', {
    processId: process.pid,
    clientInfo: { name: options.clientName ?? 'segdec tests' },
    rootUri: null,
    capabilities: options.capabilities ?? capabilities,
    workspaceFolders: options.folders.map((folder) => ({
      uri: pathToFileURL(folder).href,
      name: folder,
    })),
    initializationOptions: options.initializationOptions,
  });
  await connection.sendNotification('initialized', {});
  return { client, hello, child };
}
