/**
 * The machine's own files, as writers of whole files use them: the real half of the seams in extension/labels
 * and server/files.
 *
 * What touches no more than a folder's entry, or a small new file in memory, is done at once: the way to another
 * thread and back takes several times as long as the call. Whatever waits for a disk (a sync, a large write)
 * goes that way.
 */
import {
  closeSync,
  fchmodSync,
  fsync,
  openSync,
  rmSync,
  statSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { errorCode } from './systemError.ts';

/** A file that was opened for writing; writes are in order and whole, or they throw. */
export interface WritableFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Asks the disk to keep what was written (fsync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes written at once; more would keep the process from whatever else it does. */
const atOnce = 65_536;

const syncOf = promisify(fsync);
const writeOf = promisify(write);

async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const rest = bytes.length - written;
    written +=
      rest <= atOnce
        ? writeSync(descriptor, bytes, written, rest)
        : (await writeOf(descriptor, bytes, written, rest)).bytesWritten;
  }
}

/** Makes a new file; fails with EEXIST when the name is taken, also by a link. `mode` as in chmod. */
export async function createFile(path: string, mode?: number): Promise<WritableFile> {
  const descriptor = openSync(path, 'wx', mode);
  try {
    // By itself as well, because open() takes the umask off it.
    if (mode !== undefined) fchmodSync(descriptor, mode);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
  return {
    write: (bytes) => writeAll(descriptor, bytes),
    sync: () => syncOf(descriptor),
    close: async () => closeSync(descriptor),
  };
}

/** Removes a file; a missing one is fine. */
export async function removeFile(path: string): Promise<void> {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    // Windows refuses a file that may not be written; this takes that off it first.
    if (process.platform === 'win32') rmSync(path, { force: true });
    else throw error;
  }
}

/** The permission bits of a file, or undefined when there is none. */
export async function modeOf(path: string): Promise<number | undefined> {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined ? undefined : info.mode & 0o777;
}

/** A network file system may refuse to sync a folder; that says nothing about the file. */
const folderSyncUnsupported = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Asks the disk to keep the folder's entries; does nothing where folders cannot be synced. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    await syncOf(descriptor);
  } catch (error) {
    if (!folderSyncUnsupported.has(errorCode(error) ?? '')) throw error;
  } finally {
    closeSync(descriptor);
  }
}
