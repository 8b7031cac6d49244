/** Files that can be made again: written whole, but nobody waits for the disk; and a bound for their sum. */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../protocol/errors.ts';
import { fileError, temporaryBeside } from './atomicWrite.ts';
import { errorCode, realFileSystem } from './fileSystem.ts';
import { isFinished, isUnfinished } from './unfinished.ts';

const day = 24 * 60 * 60 * 1000;

/** Writes a file whole or not at all; after a power cut it may be empty. */
export async function writeCacheFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryBeside(path);
  isUnfinished(temporary);
  try {
    const file = await realFileSystem.create(temporary);
    try {
      await file.write(bytes);
    } finally {
      await file.close();
    }
    await realFileSystem.rename(temporary, path);
  } catch (error) {
    await realFileSystem.remove(temporary);
    throw fileError(error, path);
  } finally {
    isFinished(temporary);
  }
}

/** True for a file that is there whole; it counts as used now. */
export async function isCached(path: string): Promise<boolean> {
  try {
    const { size, mtimeMs } = await stat(path);
    const now = new Date();
    if (now.getTime() - mtimeMs > day) await utimes(path, now, now);
    return size > 0;
  } catch (error) {
    // Another window may have trimmed it away between two looks.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Removes the files of a folder and those below it that were not used for longest, down to `most` bytes. */
export async function trimCache(folder: string, most: number): Promise<void> {
  const found: { path: string; size: number; used: number }[] = [];
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = await stat(path);
      found.push({ path, size, used: mtimeMs });
    }
  } catch (error) {
    // There is no cache yet, or another window is trimming it too.
    if (errorCode(error) === 'ENOENT') return;
    throw new Error(`The cache ${folder} cannot be trimmed: ${errorText(error)}`, { cause: error });
  }
  let sum = found.reduce((all, { size }) => all + size, 0);
  for (const { path, size } of found.sort((a, b) => a.used - b.used)) {
    if (sum <= most) return;
    await rm(path, { force: true });
    sum -= size;
  }
}
