/** What server.mjs offers, for the tests. */
import type { TestHost } from './place.d.mts';

export interface ServerOptions {
  /** A folder, a .code-workspace file, or undefined for an empty window. */
  readonly workspace?: string | undefined;
  /** Where the user's settings are; by default a temporary folder, removed by stop(). */
  readonly userData?: string | undefined;
  /** Where the extensions are, which servers may share; by default with the user's settings. */
  readonly extensions?: string | undefined;
  /** true: VS Code asks whether the folder is trusted; false (as by default): every folder is. */
  readonly trust?: boolean;
  /** Added to the user's settings, unless the folder of the user has some already. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment: the server, the extension host and what they start see it. */
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments for code-server. */
  readonly extraArgs?: readonly string[];
  /** By default any that is free. */
  readonly port?: number;
  /** Milliseconds until it must answer. */
  readonly timeout?: number;
}

export interface CodeServer {
  readonly port: number;
  readonly pid: number;
  readonly workspace: string | undefined;
  readonly userData: string;
  readonly extensions: string;
  /** The address of a window; by default with the server's workspace. */
  readonly url: (workspace?: string) => string;
  /** What it has written so far. */
  readonly log: () => string;
  /** Ids of the processes that run extensions, one a window. */
  readonly extensionHosts: () => number[];
  /** All processes that it and the extensions have started and that live. */
  readonly processes: () => { readonly pid: number; readonly command: string }[];
  /** Do it before a window is opened. */
  readonly installExtension: (vsix: string) => Promise<void>;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends all processes and removes what is temporary; may be called again. */
  readonly stop: () => Promise<void>;
}

export function startCodeServer(host: TestHost, options?: ServerOptions): Promise<CodeServer>;
