/**
 * The one seam through which this program changes files. Everything that writes goes through a
 * FileSystem, so that a test can make its n-th operation fail and see what is left behind.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, stat, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { mostBytes, readLimited } from '../../protocol/files/readLimited.ts';

/** A file that was opened for writing; writes are in order and whole, or they throw. */
export interface WritableFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Asks the disk to keep what was written (fsync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileSystem {
  /** Milliseconds to wait before each further try of a rename that was refused as busy; Windows only. */
  readonly busyRenameDelays: readonly number[];
  /** Makes a new file; fails with EEXIST when the name is taken. `mode` as in chmod. */
  create(path: string, mode?: number): Promise<WritableFile>;
  /** Opens a file to write behind its end; makes it when missing. */
  append(path: string): Promise<WritableFile>;
  /** The permission bits of a file, or undefined when there is none. */
  mode(path: string): Promise<number | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it; an existing one is fine. */
  makeFolder(path: string): Promise<void>;
  /** Asks the disk to keep the folder's entries; does nothing where folders cannot be synced. */
  syncFolder(path: string): Promise<void>;
  /** Cuts a file to `length` bytes. */
  truncate(path: string, length: number): Promise<void>;
  /** A regular file of at most 512 MB. */
  read(path: string): Promise<Uint8Array>;
}

/** The code of a system error, such as ENOENT; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** A network file system may refuse to sync a folder; that says nothing about the file. */
const FOLDER_SYNC_UNSUPPORTED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

function writable(handle: FileHandle): WritableFile {
  return {
    write: (bytes) => handle.writeFile(bytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function syncRealFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!FOLDER_SYNC_UNSUPPORTED.has(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Sets the mode by itself as well, because open() takes the umask off it. */
async function createReal(path: string, mode?: number): Promise<WritableFile> {
  const handle = await open(path, 'wx', mode);
  if (mode !== undefined) {
    try {
      await handle.chmod(mode);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
  }
  return writable(handle);
}

async function realMode(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The machine's own files. */
export const realFileSystem: FileSystem = {
  // An antivirus or an indexer may hold a file open for a moment; 2.5 seconds in all.
  busyRenameDelays: process.platform === 'win32' ? [10, 20, 40, 80, 160, 320, 640, 1280] : [],
  create: createReal,
  append: async (path) => writable(await open(path, 'a')),
  mode: realMode,
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  syncFolder: syncRealFolder,
  truncate,
  read: (path) => readLimited(path, mostBytes.table),
};
