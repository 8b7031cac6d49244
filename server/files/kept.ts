/**
 * Files that this program keeps for itself: run folders, logs, locks, caches. A folder may come from
 * somebody else with links in it, and a link could lead a write, or a reading, anywhere. So what we keep is
 * reached step by step from a folder that a person named, and no step may be a link: looked at before, and
 * once more when the file is open.
 */
import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  UnreadableFile,
  regularSize,
  mostBytes,
  notAFile,
  otherThanFile,
  readHandle,
  tooLarge,
} from '../../common/node/readLimited.ts';
import { UserError } from '../../protocol/errors.ts';
import { errorCode, plainOnly, realFileSystem } from './fileSystem.ts';
import type { FileSystem, WritableFile } from './fileSystem.ts';
import { leadsOut } from './leadsOut.ts';

async function linkError(path: string): Promise<UserError> {
  let target = 'another place';
  try {
    target = await readlink(path);
  } catch (error) {
    // It went or changed meanwhile: that it was a link is all that can be said.
    if (errorCode(error) === undefined) throw error;
  }
  return new UserError(
    `${path} is a link to ${target}, and SegDec keeps its own files only where they are: put the files themselves there, or remove the link.`,
  );
}

/** Each step from below `root` down to `path`, both absolute. */
function stepsTo(root: string, path: string): string[] {
  if (leadsOut(root, path)) throw new Error(`${path} does not lie in ${root}`);
  const back = relative(root, path);
  if (back === '') return [];
  const names = back.split(sep);
  return names.map((_, i) => join(root, ...names.slice(0, i + 1)));
}

/**
 * Throws a UserError, which names the link and where it leads, when a step below `root` on the way to
 * `path` (itself included) is a link. What is not there yet is fine, and so are links above `root`.
 */
export async function assertNoLinks(root: string, path: string): Promise<void> {
  for (const step of stepsTo(root, path)) {
    try {
      if ((await lstat(step)).isSymbolicLink()) throw await linkError(step);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      throw error;
    }
  }
}

/**
 * Opens a file of ours to read. Throws a UserError for a link, whatever came between, and what the system
 * says of a missing file.
 */
export async function openKept(path: string): Promise<FileHandle> {
  await assertNoLinks(dirname(path), path);
  const handle = await openUnlinked(path);
  try {
    await regularSize(handle, path);
    await assertNoLinks(dirname(path), path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openUnlinked(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | plainOnly);
  } catch (error) {
    if (errorCode(error) === 'ELOOP') throw await linkError(path);
    throw error;
  }
}

/** The bytes of a file of ours, at most `most`; see openKept and readHandle. */
export async function readKept(path: string, most: number): Promise<Buffer> {
  const handle = await openKept(path);
  try {
    return await readHandle(handle, path, most);
  } finally {
    await handle.close();
  }
}

/** The bytes of a file of ours, at most `most`, or undefined where there is none. */
export async function readKeptIfThere(path: string, most: number): Promise<Buffer | undefined> {
  try {
    return await readKept(path, most);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Bytes of a file of ours; 0 where there is none. Throws a UserError for a link and for what is no file. */
export async function keptSizeOrZero(path: string): Promise<number> {
  await assertNoLinks(dirname(path), path);
  try {
    const info = await lstat(path);
    const other = otherThanFile(info);
    // Opening a named pipe to append would wait for ever.
    if (other !== undefined) throw new UnreadableFile(path, 'unreadable', notAFile(other));
    return info.size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** The bytes of a file of ours from `start` to before `end`, fewer where it ends earlier; see openKept. */
export async function readKeptRange(path: string, start: number, end: number): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0);
  if (end - start > mostBytes.table) throw tooLarge(path, end - start, mostBytes.table);
  const handle = await openKept(path);
  try {
    const buffer = Buffer.alloc(end - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * A FileSystem for what is kept below `root`: each operation throws a UserError where a step is a link.
 * Removing takes a link itself away, never what it leads to.
 */
export function keptFiles(root: string, fs: FileSystem = realFileSystem): FileSystem {
  const guarded = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    await assertNoLinks(root, path);
    return await work();
  };
  const opened = async (path: string, work: () => Promise<WritableFile>): Promise<WritableFile> => {
    const file = await guarded(path, work);
    try {
      await assertNoLinks(root, path);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  };
  return {
    busyRenameDelays: fs.busyRenameDelays,
    create: (path, mode) => opened(path, () => fs.create(path, mode)),
    append: (path) => opened(path, () => fs.append(path)),
    mode: (path) => guarded(path, () => fs.mode(path)),
    rename: (from, to) => guarded(from, () => guarded(to, () => fs.rename(from, to))),
    remove: (path) => guarded(dirname(path), () => fs.remove(path)),
    makeFolder: (path) => guarded(path, () => fs.makeFolder(path)),
    syncFolder: (path) => guarded(path, () => fs.syncFolder(path)),
    truncate: (path, length) => guarded(path, () => fs.truncate(path, length)),
    read: (path) => guarded(path, () => fs.read(path)),
  };
}
