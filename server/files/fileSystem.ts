/**
 * The one seam through which this program changes files. Everything that writes goes through a
 * FileSystem, so that a test can make its n-th operation fail and see what is left behind.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createFile, modeOf, removeFile, syncFolder } from '../../common/node/diskFiles.ts';
import type { WritableFile } from '../../common/node/diskFiles.ts';
import { readTable } from '../../common/node/readLimited.ts';
import { errorCode } from '../../common/node/systemError.ts';
import { UserError } from '../../protocol/errors.ts';

export { errorCode };

export type { WritableFile };

export interface FileSystem {
  /** Milliseconds to wait before each further try of a rename that was refused as busy; Windows only. */
  readonly busyRenameDelays: readonly number[];
  /** Makes a new file; fails with EEXIST when the name is taken. `mode` as in chmod. */
  create(path: string, mode?: number): Promise<WritableFile>;
  /** Opens a file to write behind its end; makes it when missing. Refuses a link, whatever else is no plain file, and a file with a second name. */
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
  /** Cuts a file to `length` bytes; refuses what `append` does. */
  truncate(path: string, length: number): Promise<void>;
  /** A regular file of at most 512 MB. */
  read(path: string): Promise<Uint8Array>;
}

function writable(handle: FileHandle): WritableFile {
  return {
    write: (bytes) => handle.writeFile(bytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/**
 * To open what is there and no link, without waiting for the other end of a pipe. Windows has none of these
 * (undefined counts as 0 in `|`): there the looks before and afterwards find a link.
 */
export const plainOnly = constants.O_NOFOLLOW | constants.O_NONBLOCK;

const notPlain = (path: string, cause?: unknown): UserError =>
  new UserError(`${path} is no plain file, so it is not written; remove it.`, { cause });

/**
 * Throws a UserError unless the open file is the plain one at `path`, with no other name: changing a link's
 * target, or a file that lies elsewhere too, would change what nobody named.
 */
async function assertPlain(handle: FileHandle, path: string): Promise<void> {
  const [opened, there] = await Promise.all([handle.stat(), lstat(path)]);
  const same = opened.ino === there.ino && opened.dev === there.dev;
  if (!opened.isFile() || !same) throw notPlain(path);
  if (opened.nlink > 1) {
    throw new UserError(
      `${path} has a second name (a hard link) that would change with it; replace it by a copy of itself.`,
    );
  }
}

/** Opens a file to change it in place, without following a link and without waiting for a reader of a pipe. */
async function openPlain(path: string, flags: number): Promise<FileHandle> {
  let handle;
  try {
    handle = await open(path, flags | plainOnly, 0o666);
    await assertPlain(handle, path);
    return handle;
  } catch (error) {
    await handle?.close();
    const code = errorCode(error);
    if (code !== 'ELOOP' && code !== 'ENXIO') throw error;
    throw notPlain(path, error);
  }
}

async function truncateReal(path: string, length: number): Promise<void> {
  const handle = await openPlain(path, constants.O_WRONLY);
  try {
    await handle.truncate(length);
  } finally {
    await handle.close();
  }
}

/** The machine's own files. */
export const realFileSystem: FileSystem = {
  // An antivirus or an indexer may hold a file open for a moment; 2.5 seconds in all.
  busyRenameDelays: process.platform === 'win32' ? [10, 20, 40, 80, 160, 320, 640, 1280] : [],
  create: createFile,
  append: async (path) =>
    writable(await openPlain(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)),
  mode: modeOf,
  rename,
  remove: removeFile,
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  syncFolder,
  truncate: truncateReal,
  read: readTable,
};
