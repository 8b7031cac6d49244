/** What the mask editor and commands use of the `vscode` module, on the simulated machine; `hands` is the person in front of it. */
import { posix } from 'node:path';
import { disk, machine } from './machine.ts';

type Listener<T> = (value: T) => unknown;

export class Disposable {
  readonly #end: () => unknown;

  constructor(end: () => unknown) {
    this.#end = end;
  }

  static from(...parts: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }

  dispose(): void {
    this.#end();
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<Listener<T>>();

  readonly event = (listener: Listener<T>): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class Uri {
  readonly scheme = 'file';
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static file(path: string): Uri {
    return new Uri(path);
  }

  static parse(text: string): Uri {
    return new Uri(text.replace(/^file:\/\//, ''));
  }

  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    return new Uri(posix.join(base.path, ...parts));
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    return `file://${this.path}`;
  }
}

export class RelativePattern {
  readonly base: Uri;
  readonly pattern: string;

  constructor(base: Uri, pattern: string) {
    [this.base, this.pattern] = [base, pattern];
  }
}

export class FileSystemError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

export class CancellationError extends Error {
  override readonly name = 'Canceled';
}

/** A message with buttons. */
export interface Question {
  readonly kind: 'information' | 'warning' | 'error';
  readonly message: string;
  readonly isModal: boolean;
  readonly items: readonly string[];
}

/** What a test says and hears. */
interface Hands {
  answer: (question: Question) => Promise<string | undefined>;
  /** `workspace.save`: undefined where it was not saved. */
  save: (uri: Uri) => Promise<Uri | undefined>;
  run: (command: string, args: readonly unknown[]) => Promise<unknown>;
  /** A list, a box or a dialog of files, by its title: undefined when it is left. */
  ask: (title: string, items: readonly unknown[]) => Promise<unknown>;
}

export const hands: Hands = {
  answer: async () => undefined,
  save: async () => undefined,
  run: async () => undefined,
  ask: async () => undefined,
};

const watchers = new Map<EventEmitter<Uri>, string>();
/** A file was made, changed or removed. */
export function fileChanged(path: string): void {
  for (const [watcher, folder] of watchers) {
    if (folder === posix.dirname(path)) watcher.fire(Uri.file(path));
  }
}

/** A new extension host hears nothing of what the one before listened to. */
export function forgetListeners(): void {
  watchers.clear();
}

const show =
  (kind: Question['kind']) =>
  (message: string, ...rest: readonly unknown[]): Promise<string | undefined> => {
    const items = rest.filter((part) => typeof part === 'string');
    const isModal = rest.some((part) => (part as { modal?: boolean }).modal === true);
    return hands.answer({ kind, message, isModal, items });
  };

/** Commands by their ids. */
export const registered = new Map<string, (...args: readonly unknown[]) => unknown>();

const nothing = (): void => undefined;
const noBar = { show: nothing, hide: nothing, dispose: nothing };

export const window = {
  showInformationMessage: show('information'),
  showWarningMessage: show('warning'),
  showErrorMessage: show('error'),
  showQuickPick: (items: readonly unknown[], { title = '' }: { title?: string } = {}) =>
    hands.ask(title, items),
  showInputBox: ({ title = '' }) => hands.ask(title, []),
  showOpenDialog: ({ title = '' }) => hands.ask(title, []),
  showSaveDialog: ({ saveLabel = '' }) => hands.ask(saveLabel, []),
  setStatusBarMessage: nothing,
  createStatusBarItem: () => ({ ...noBar }),
  registerCustomEditorProvider: () => new Disposable(nothing),
  withProgress: (_: unknown, work: () => Promise<unknown>) => work(),
};

export const workspace = {
  isTrusted: true,
  onDidChangeWorkspaceFolders: () => new Disposable(nothing),
  save: (uri: Uri) => hands.save(uri),
  getConfiguration: () => ({ get: () => undefined }),
  getWorkspaceFolder: () => undefined,
  createFileSystemWatcher: ({ base }: RelativePattern) => {
    const [changed, never] = [new EventEmitter<Uri>(), new EventEmitter<Uri>()];
    watchers.set(changed, base.path);
    return {
      ...{ onDidChange: changed.event, onDidCreate: never.event, onDidDelete: never.event },
      dispose: () => void watchers.delete(changed),
    };
  },
  fs: {
    readFile: ({ path }: Uri): Promise<Uint8Array> => disk.readFile(path),
    writeFile: ({ path }: Uri, bytes: Uint8Array): Promise<void> => disk.writeFile(path, bytes),
    delete: async ({ path }: Uri): Promise<void> => {
      if (!machine.files.has(path)) throw new FileSystemError(path, 'FileNotFound');
      await disk.rm(path);
    },
  },
};

export const commands = {
  registerCommand: (command: string, work: (...args: readonly unknown[]) => unknown) => {
    registered.set(command, work);
    return new Disposable(() => registered.delete(command));
  },
  executeCommand: (command: string, ...args: readonly unknown[]) => hands.run(command, args),
};

export const l10n = {
  t: (text: string, ...values: readonly unknown[]): string =>
    text.replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)])),
};

export const env = { language: 'en' };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const ProgressLocation = { Window: 10, Notification: 15 };
export const ViewColumn = { Active: -1, One: 1 };
