/**
 * The language server as the rest of the extension sees it: a state, requests, reports. Nothing here loads
 * the language client before the server is wanted, and nothing throws because the server is away.
 */
import type { CancellationToken, Disposable, Event } from 'vscode';
import type { NotificationType } from 'vscode-jsonrpc';
import type { Notice, Request, TaskProgress } from '../../protocol/messages.ts';

/** What the server was started with; it is started again only when this changes. */
export interface Resolution {
  /** The program's file. */
  readonly program: string;
  /** The Node program that runs it; undefined: VS Code's own. */
  readonly runtime: string | undefined;
  readonly arguments: readonly string[];
}

export type ServerState =
  | { readonly name: 'stopped'; readonly why: string }
  | { readonly name: 'starting' }
  | { readonly name: 'running'; readonly resolution: Resolution; readonly processId: number }
  | {
      readonly name: 'failed';
      /** One sentence. */
      readonly error: string;
      /** The last lines it wrote to stderr. */
      readonly lastLines: readonly string[];
    };

/** Thrown by a request while there is no server to answer it; the message says why. */
export class ServerAway extends Error {
  override readonly name = 'ServerAway';
  /** The person was told already, with the same ways out. */
  isTold = false;
}

export interface RequestOptions {
  readonly token?: CancellationToken;
  /** Hears how far the request is; only for requests whose parameters have a `token`. */
  readonly onProgress?: (progress: TaskProgress) => void;
}

export interface ServerHandle {
  dispose(): void;
  readonly state: ServerState;
  readonly onDidChangeState: Event<ServerState>;
  /** Throws ServerAway when it is not running; a ResponseError (protocol errorCodes) as the server answers. */
  request<P, R>(definition: Request<P, R>, params: P, options?: RequestOptions): Promise<R>;
  /** Said when it runs, dropped else: the server reads the truth from files when it starts. */
  notify<P>(notice: Notice<P>, params: P): void;
  /** Hears a report of the server, of this process of it and all later ones. */
  onReport<P>(type: NotificationType<P>, listener: (params: P) => void): Disposable;
  /** Starts it if it is not running; resolves when it runs, throws ServerAway when it cannot be started. */
  start(): Promise<void>;
  /** Asks for a restart: one runs, at most one waits. `onlyIfChanged`: only when the resolution is another. */
  restart(reason: string, options?: { readonly onlyIfChanged?: boolean }): Promise<void>;
}
