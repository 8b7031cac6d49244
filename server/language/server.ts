/** The language server: what it says it can, the folders and settings it is given, and its parts put together. */
import { TextDocumentSyncKind, TextDocuments } from 'vscode-languageserver';
import type {
  Connection,
  InitializeParams,
  InitializeResult,
  WorkspaceFolder,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { errorText } from '../../protocol/errors.ts';
import { initializationSchema, notices, reports, settingsSchema } from '../../protocol/messages.ts';
import type { Settings } from '../../protocol/messages.ts';
import { createImageReader } from '../data/images/reader.ts';
import { makePrivateFolder, userCacheFolder } from '../files/userCache.ts';
import { segdecVersion } from '../runs/version.ts';
import { Door, stackOf, UntrustedError } from './door.ts';
import { featureCapabilities, registerFeatures } from './features/index.ts';
import { fileOf } from './features/places.ts';
import { registerDatasetHandlers } from './handlers/dataset.ts';
import { registerMaskHandlers } from './handlers/masks.ts';
import { registerPictureHandlers } from './handlers/pictures.ts';
import { registerRunHandlers } from './handlers/runs.ts';
import { registerSetupHandlers } from './handlers/setup.ts';
import { Pictures } from './pictures.ts';
import { AllowedPlaces } from './project/allowedPlaces.ts';
import { Projects } from './project/projects.ts';
import { watchFiles } from './watching.ts';
import type { Workplace } from './workplace.ts';

/** Processes that decode images: one for what is looked at, one for what is read in the background. */
const decoders = 2;

/** The paths of those that are on this machine's disks. */
const pathsOf = (folders: readonly WorkspaceFolder[]): string[] =>
  folders.flatMap(({ uri }) => fileOf(uri) ?? []);

class Server {
  readonly #connection: Connection;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #door: Door;
  readonly #reader = createImageReader({ workers: decoders });
  readonly #projects: Projects;
  readonly #settingsListeners: (() => void)[] = [];
  readonly #endings: (() => void | Promise<void>)[] = [];
  #settings: Settings = {};
  #trusted = true;
  #params: InitializeParams | undefined;
  #tellOpened: () => void = () => undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#door = new Door(connection, new Promise((resolve) => (this.#tellOpened = resolve)));
    this.#projects = new Projects(
      this.#reader,
      (error) => this.#failed(error),
      new AllowedPlaces(() => this.#trusted),
    );
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => void this.#begin());
    connection.onShutdown(() => this.#end());
    connection.onDidChangeConfiguration(() => void this.#readSettings());
    this.#documents.listen(connection);
    connection.listen();
  }

  async #initialize(params: InitializeParams): Promise<InitializeResult> {
    this.#params = params;
    const given = initializationSchema.safeParse(params.initializationOptions ?? {});
    const options = given.success ? given.data : {};
    // What cannot be understood grants nothing.
    this.#trusted = given.success ? (options.trusted ?? true) : false;
    for (const { project, place } of options.places ?? []) {
      this.#projects.places.allow(project, place);
    }
    const cacheFolder = options.cacheFolder ?? userCacheFolder();
    if (options.cacheFolder === undefined) await makePrivateFolder(cacheFolder);
    const workplace = this.#workplace(params, cacheFolder);
    registerSetupHandlers(workplace);
    registerDatasetHandlers(workplace);
    registerPictureHandlers(workplace);
    registerMaskHandlers(workplace);
    registerRunHandlers(workplace);
    registerFeatures(workplace);
    this.#door.hear(notices.trustGranted, () => {
      this.#trusted = true;
      for (const listener of this.#settingsListeners) listener();
      this.#projects.readRefused();
    });
    this.#projects.onReport(
      (projects) => void this.#connection.sendNotification(reports.projectsChanged, { projects }),
    );
    return {
      serverInfo: { name: 'segdec-server', version: segdecVersion },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
        ...featureCapabilities,
      },
    };
  }

  #workplace(client: InitializeParams, cacheFolder: string): Workplace {
    const pictures = new Pictures(cacheFolder);
    this.#endings.push(() => pictures.dispose());
    pictures.trim().catch((error: unknown) => this.#failed(error));
    return {
      connection: this.#connection,
      door: this.#door,
      client,
      documents: this.#documents,
      projects: this.#projects,
      reader: this.#reader,
      pictures,
      cacheFolder,
      settings: () => this.#settings,
      onSettings: (listener) => void this.#settingsListeners.push(listener),
      isTrusted: () => this.#trusted,
      assertTrusted: () => {
        if (!this.#trusted) throw new UntrustedError();
      },
      onShutdown: (end) => void this.#endings.push(end),
    };
  }

  async #begin(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#tellOpened();
    }
  }

  async #start(): Promise<void> {
    const params = this.#params;
    if (params === undefined) return;
    await this.#readSettings();
    const folders = new Set(pathsOf(params.workspaceFolders ?? []));
    this.#projects.open([...folders]);
    this.#tellOpened();
    await watchFiles(this.#connection, params, this.#projects);
    if (params.capabilities.workspace?.workspaceFolders === true) {
      this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const path of pathsOf(removed)) folders.delete(path);
        for (const path of pathsOf(added)) folders.add(path);
        this.#projects.open([...folders]);
      });
    }
  }

  async #readSettings(): Promise<void> {
    if (this.#params?.capabilities.workspace?.configuration !== true) return;
    try {
      const raw: unknown = await this.#connection.workspace.getConfiguration('segdec');
      const parsed = settingsSchema.safeParse(raw ?? {});
      if (parsed.success) this.#settings = parsed.data;
      else this.#connection.console.warn('The settings of segdec cannot be used; defaults are.');
    } catch (error) {
      this.#connection.console.warn(`The settings could not be asked for: ${errorText(error)}`);
    }
    for (const listener of this.#settingsListeners) listener();
  }

  #failed(error: unknown): void {
    this.#connection.console.error(stackOf(error));
  }

  async #end(): Promise<void> {
    this.#endings.push(
      () => this.#projects.dispose(),
      () => this.#reader.dispose(),
    );
    for (const end of this.#endings) {
      try {
        await end();
      } catch (error) {
        // The others have to end all the same, or their processes stay.
        this.#failed(error);
      }
    }
  }
}

/** Serves one client. */
export function serve(connection: Connection): void {
  new Server(connection);
}
