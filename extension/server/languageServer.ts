/**
 * The language server's life: started when first wanted, started again after a crash (at most four in three
 * minutes), restarted on demand. What it is told to do when it is away fails with ServerAway, never
 * activation.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { NotificationType } from 'vscode-jsonrpc';
import { errorText } from '../../protocol/errors.ts';
import { notices } from '../../protocol/messages.ts';
import type { Initialization, Notice, Request } from '../../protocol/messages.ts';
import { errorCodeOf } from '../errors.ts';
import { allowedPlaces } from '../places.ts';
import { withLinks } from '../problems/diagnosticLinks.ts';
import { Crashes, LastLines } from './crashes.ts';
import { assertStartable, resolveServer, sameResolution } from './resolution.ts';
import { ServerAway } from './serverHandle.ts';
import type { RequestOptions, Resolution, ServerHandle, ServerState } from './serverHandle.ts';

/** vscode-jsonrpc's codes for a connection that went away under a request. */
const connectionLost = new Set([-32096, -32097, -32098, -32099]);
const keptLines = 20;
/** Milliseconds that a server gets to shut down in order. */
const stopTimeout = 3000;

type Listener = (params: unknown) => void;

export class LanguageServer implements ServerHandle {
  readonly #extension: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<ServerState>();
  readonly #crashes = new Crashes();
  /** Clients whose server has ended by itself. */
  readonly #closed = new WeakSet<LanguageClient>();
  /** By method: a client hears each kind of notification once. */
  readonly #listeners = new Map<string, Set<Listener>>();
  #state: ServerState = { name: 'stopped', why: vscode.l10n.t('it was not needed yet') };
  #client: LanguageClient | undefined;
  #process: ChildProcess | undefined;
  #lastLines = new LastLines(keptLines);
  #starting: Promise<void> | undefined;
  #restarting: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #tokens = 0;
  #disposed = false;

  readonly onDidChangeState = this.#changed.event;

  constructor(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#extension = extension;
    this.#log = log;
  }

  get state(): ServerState {
    return this.#state;
  }

  async request<P, R>(
    { type }: Request<P, R>,
    params: P,
    { token, onProgress }: RequestOptions = {},
  ): Promise<R> {
    const client = this.#client;
    if (client === undefined || this.#state.name !== 'running') throw this.#away();
    const progress = onProgress && (await this.#progress(client, onProgress));
    try {
      // By its name: the library's types of parameters cannot be told of an open P. An absent token
      // must not be passed: it would count as a second parameter.
      const sent = { ...params, ...progress?.params };
      return await (token === undefined
        ? client.sendRequest<R>(type.method, sent)
        : client.sendRequest<R>(type.method, sent, token));
    } catch (error) {
      if (connectionLost.has(errorCodeOf(error) ?? 0)) throw this.#away();
      throw error;
    } finally {
      progress?.listening.dispose();
    }
  }

  notify<P>({ type }: Notice<P>, params: P): void {
    if (this.#client === undefined || this.#state.name !== 'running') return;
    this.#client.sendNotification(type.method, params).catch((error: unknown) => {
      this.#log.warn(`${type.method}: ${errorText(error)}`);
    });
  }

  onReport<P>(type: NotificationType<P>, listener: (params: P) => void): vscode.Disposable {
    const { method } = type;
    let listeners = this.#listeners.get(method);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(method, listeners);
      if (this.#client !== undefined) this.#listen(this.#client, method);
    }
    // The server is our own program: what it reports under a method has that method's type.
    const heard = listener as Listener;
    listeners.add(heard);
    return new vscode.Disposable(() => listeners.delete(heard));
  }

  start(): Promise<void> {
    // While it is restarted, the state tells of the one before for a moment.
    return this.#restarting ?? this.#startIfStopped();
  }

  async restart(reason: string, { onlyIfChanged = false } = {}): Promise<void> {
    if (onlyIfChanged && this.#state.name === 'running') {
      if (sameResolution(this.#state.resolution, resolveServer(this.#extension.extensionUri)))
        return;
    }
    if (this.#restarting !== undefined) {
      // One runs; everybody who asks meanwhile waits for the same next one.
      this.#queued ??= this.#restarting
        .catch(() => undefined)
        .then(() => {
          this.#queued = undefined;
          return this.restart(reason);
        });
      return await this.#queued;
    }
    this.#log.info(`Restarting the server: ${reason}`);
    this.#restarting = this.#startAgain().finally(() => (this.#restarting = undefined));
    await this.#restarting;
  }

  dispose(): void {
    this.#disposed = true;
    void this.#stop();
    this.#changed.dispose();
  }

  #startIfStopped(): Promise<void> {
    if (this.#state.name === 'running') return Promise.resolve();
    this.#crashes.forget();
    this.#starting ??= this.#startNew().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #startAgain(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#stop();
    this.#set({ name: 'stopped', why: vscode.l10n.t('it is being restarted') });
    await this.#startIfStopped();
  }

  /** Tries until it runs, as long as crashes are forgiven. */
  async #startNew(): Promise<void> {
    this.#set({ name: 'starting' });
    const resolution = resolveServer(this.#extension.extensionUri);
    for (;;) {
      try {
        await assertStartable(resolution);
        await this.#stop();
        await this.#startOnce(resolution);
        return;
      } catch (error) {
        if (error instanceof ServerAway) {
          this.#set({ name: 'failed', error: error.message, lastLines: [] });
          throw error;
        }
        this.#log.warn(`The server ended while it started: ${errorText(error)}`);
        if (this.#disposed) throw this.#away();
        if (!this.#crashes.forgive()) throw this.#giveUp(error);
      }
    }
  }

  async #startOnce(resolution: Resolution): Promise<void> {
    const client = await this.#newClient(resolution);
    if (this.#disposed) throw this.#away();
    this.#client = client;
    for (const method of this.#listeners.keys()) this.#listen(client, method);
    await client.start();
    // It may have gone between its answer and now.
    if (this.#closed.has(client)) throw new Error(vscode.l10n.t('it ended at once'));
    const processId = this.#process?.pid ?? 0;
    this.#log.info(`The server runs as process ${processId}.`);
    this.#set({ name: 'running', resolution, processId });
  }

  #listen(client: LanguageClient, method: string): void {
    client.onNotification(method, (params: unknown) => {
      for (const listener of this.#listeners.get(method) ?? []) listener(params);
    });
  }

  async #newClient(resolution: Resolution): Promise<LanguageClient> {
    const { LanguageClient, CloseAction, ErrorAction } = await import('vscode-languageclient/node');
    const { documentSelector } = await import('./documents.ts');
    /** Says in the log what we say better ourselves. */
    class QuietClient extends LanguageClient {
      override error(message: string, data?: unknown): void {
        super.error(message, data, false);
      }
    }
    const initializationOptions = (): Initialization => ({
      cacheFolder: vscode.Uri.joinPath(this.#extension.globalStorageUri, 'cache').fsPath,
      trusted: vscode.workspace.isTrusted,
      places: allowedPlaces(this.#extension.globalState),
    });
    const client: LanguageClient = new QuietClient(
      'segdec',
      'SegDec',
      () => Promise.resolve(this.#spawn(resolution)),
      {
        documentSelector,
        initializationOptions,
        outputChannel: this.#log,
        progressOnInitialization: false,
        initializationFailedHandler: () => false,
        middleware: {
          handleDiagnostics: (uri, diagnostics, next) => next(uri, withLinks(uri, diagnostics)),
        },
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => {
            // What is started again, and how often, is decided here, in one place.
            this.#closed.add(client);
            if (client === this.#client) this.#crashed();
            return { action: CloseAction.DoNotRestart, handled: true };
          },
        },
      },
    );
    return client;
  }

  #spawn({ program, runtime, arguments: args }: Resolution): ChildProcess {
    const lastLines = new LastLines(keptLines);
    this.#lastLines = lastLines;
    const child = spawn(runtime ?? process.execPath, [...args, program, '--stdio'], {
      // VS Code's desktop is Electron: this makes its program a Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => lastLines.add(text));
    // Node throws what nobody hears; that the server is not there is seen by its streams.
    child.on('error', (error) => lastLines.add(`${error.message}\n`));
    child.on('exit', (code, signal) => {
      if (this.#disposed) return;
      this.#log.info(`The server's process ${child.pid ?? 0} ended (${signal ?? `code ${code}`}).`);
    });
    this.#process = child;
    return child;
  }

  /** The server that ran ended by itself: starts another, or says that it has crashed too often. */
  #crashed(): void {
    if (this.#disposed || this.#state.name !== 'running') return;
    if (this.#crashes.forgive()) {
      this.#starting ??= this.#startNew().finally(() => (this.#starting = undefined));
      this.#starting.catch((error: unknown) => this.#log.error(errorText(error)));
      return;
    }
    this.#giveUp();
  }

  /** Says that the limit of crashes is reached; gives the error for who waits for a start. */
  #giveUp(cause?: unknown): ServerAway {
    const { lines } = this.#lastLines;
    const error = vscode.l10n.t(
      'The server crashed five times in three minutes and is not started again by itself.',
    );
    this.#set({ name: 'failed', error, lastLines: lines });
    this.#log.error(`${error}\n${lines.join('\n')}`);
    void this.#tellOfLimit(error);
    const away = new ServerAway(error, { cause });
    away.isTold = true;
    return away;
  }

  async #tellOfLimit(error: string): Promise<void> {
    const restart = vscode.l10n.t('Restart Server');
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t('SegDec: {0} Labelling works; running trainings go on.', error),
      restart,
      showLog,
    );
    if (chosen === restart) await vscode.commands.executeCommand('segdec.server.restart');
    if (chosen === showLog) this.#log.show();
  }

  async #stop(): Promise<void> {
    const [client, child] = [this.#client, this.#process];
    this.#client = undefined;
    this.#process = undefined;
    if (client === undefined) return;
    try {
      await client.dispose(stopTimeout);
    } catch (error) {
      // A client whose server has crashed or never started has nothing to shut down.
      this.#log.debug(`Stopping the server: ${errorText(error)}`);
    }
    if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }

  async #progress(client: LanguageClient, listener: NonNullable<RequestOptions['onProgress']>) {
    const { taskProgress } = await import('../../protocol/messages.ts');
    this.#tokens += 1;
    const token = `segdec-${process.pid}-${this.#tokens}`;
    return { params: { token }, listening: client.onProgress(taskProgress, token, listener) };
  }

  #away(): ServerAway {
    const state = this.#state;
    if (state.name === 'failed') return new ServerAway(state.error);
    const why = state.name === 'stopped' ? state.why : vscode.l10n.t('it is starting');
    return new ServerAway(vscode.l10n.t('The server is not running ({0}).', why));
  }

  #set(state: ServerState): void {
    this.#state = state;
    if (!this.#disposed) this.#changed.fire(state);
  }
}

/** Tells the server when the person trusts the workspace, and restarts it when its own settings change. */
export function keepServerTold(server: LanguageServer, log: vscode.LogOutputChannel) {
  const restartIfChanged = (): void => {
    server.restart('its settings changed', { onlyIfChanged: true }).catch((error: unknown) => {
      log.error(errorText(error));
    });
  };
  let isGranted = false;
  const tellTrust = (): void => {
    if (isGranted) server.notify(notices.trustGranted, {});
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      isGranted = true;
      tellTrust();
    }),
    // It may have been granted between what a starting server was told and its answer.
    server.onDidChangeState(({ name }) => {
      if (name === 'running') tellTrust();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const ours = ['segdec.server.runtime', 'segdec.server.arguments'];
      if (!ours.some((name) => change.affectsConfiguration(name))) return;
      if (server.state.name === 'running' || server.state.name === 'failed') restartIfChanged();
    }),
  );
}
