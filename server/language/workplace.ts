/** What the handlers and language features are given: the connection, the projects, the settings. */
import type { Connection, InitializeParams, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Settings } from '../../protocol/messages.ts';
import type { ImageReader } from '../data/images/reader.ts';
import type { Door } from './door.ts';
import type { Pictures } from './pictures.ts';
import type { Projects } from './project/projects.ts';

export interface Workplace {
  readonly connection: Connection;
  readonly door: Door;
  /** What the client said of itself. */
  readonly client: Pick<InitializeParams, 'capabilities' | 'clientInfo'>;
  readonly documents: TextDocuments<TextDocument>;
  readonly projects: Projects;
  /** Decodes in processes of its own. */
  readonly reader: ImageReader;
  /** Small pictures of images, in the cache. */
  readonly pictures: Pictures;
  /** Absolute folder for what can be made again. */
  readonly cacheFolder: string;
  /** As last told; {} where the client has none. */
  readonly settings: () => Settings;
  /** Hears that the settings or the trust may be others. */
  readonly onSettings: (listener: () => void) => void;
  /** False: nothing that runs or infers may be started. */
  readonly isTrusted: () => boolean;
  /** Throws an UntrustedError unless the workspace is trusted. */
  readonly assertTrusted: () => void;
  /** What must end with the server. */
  readonly onShutdown: (end: () => void | Promise<void>) => void;
}
