/**
 * Writes a file whole or not at all: a temporary file in the same folder, synced, then renamed over
 * the old one. Also the sentences for what can go wrong on a disk.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError, errorText } from '../../protocol/errors.ts';
import { errorCode, realFileSystem } from './fileSystem.ts';
import type { FileSystem, WritableFile } from './fileSystem.ts';
import { isFinished, isUnfinished } from './unfinished.ts';

export type FileData = string | Uint8Array | AsyncIterable<string | Uint8Array>;

const TEMPORARY = /^\.segdec-[0-9a-f]{16}\.tmp$/;
const BUSY = new Set(['EPERM', 'EACCES', 'EBUSY']);

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and try again',
  EDQUOT: 'your disk quota is used up; free some space and try again',
  EACCES: 'permission denied; check who may write there',
  EPERM: 'not permitted; check who may write there and whether another program has it open',
  EROFS: 'the disk is read-only; choose another folder',
  EIO: 'the disk reported an error; check it and try again',
  ENOENT: 'the folder does not exist; create it or choose another',
  ENOTDIR: 'part of the path is a file, not a folder; choose another',
  EISDIR: 'there is a folder of this name; choose another',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  EBUSY: 'another program has it open; close that and try again',
  ENFILE: 'too many files are open on this machine; close some programs and try again',
  EMFILE: 'too many files are open; raise the limit (ulimit -n) and try again',
  EFBIG: 'the file is too large for this disk or the limit set (ulimit -f)',
};

/** The disk takes nothing more, whatever is written next: work that writes many files ends with it. */
export class DiskError extends UserError {}

const FOR_ALL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE', 'ENFILE']);

/** True for the code of an error that the next file would meet as well. */
export const meansDisk = (code: string): boolean => FOR_ALL.has(code);

/** A UserError with path and advice for what a disk can refuse; any other error as it is. */
export function fileError(error: unknown, path: string): unknown {
  const code = errorCode(error) ?? '';
  const advice = ADVICE[code];
  if (advice === undefined) return error;
  const sentence = `Could not write ${path}: ${advice} (${code}).`;
  const options = { cause: error };
  return meansDisk(code) ? new DiskError(sentence, options) : new UserError(sentence, options);
}

/** The bytes of a file; undefined when there is none. Throws a UserError for what a disk refuses. */
export async function readIfThere(path: string, fs: FileSystem): Promise<Uint8Array | undefined> {
  try {
    return await fs.read(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileError(error, path);
  }
}

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

async function writeAll(file: WritableFile, data: FileData): Promise<void> {
  if (typeof data === 'string' || data instanceof Uint8Array) {
    await file.write(bytesOf(data));
    return;
  }
  for await (const chunk of data) await file.write(bytesOf(chunk));
}

/** Closes the file whatever happens before; the first error is the one that is thrown. */
async function fillAndClose(file: WritableFile, data: FileData): Promise<void> {
  try {
    await writeAll(file, data);
    await file.sync();
  } catch (error) {
    await closeAfter(error, file);
  }
  await file.close();
}

async function closeAfter(error: unknown, file: WritableFile): Promise<never> {
  try {
    await file.close();
  } catch (second) {
    throw new AggregateError([error, second], errorText(error), { cause: error });
  }
  throw error;
}

async function renameWhenFree(from: string, to: string, fs: FileSystem): Promise<void> {
  for (const delay of fs.busyRenameDelays) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      if (!BUSY.has(errorCode(error) ?? '')) throw error;
    }
    await wait(delay);
  }
  await fs.rename(from, to);
}

/** The error that started it: an AggregateError of closeAfter carries it first. */
function firstError(error: unknown): unknown {
  return error instanceof AggregateError && error.cause !== undefined ? error.cause : error;
}

async function cleanUp(temporary: string, error: unknown, fs: FileSystem): Promise<never> {
  try {
    await fs.remove(temporary);
  } catch (second) {
    const first = firstError(error);
    const text = `${errorText(first)} (and the temporary file ${temporary} could not be removed: ${errorText(second)})`;
    if (first instanceof UserError) throw new UserError(text, { cause: first });
    throw new AggregateError([first, second], text, { cause: first });
  }
  throw firstError(error);
}

/** A new name for a temporary file beside `path`, short whatever the length of the name. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.segdec-${randomBytes(8).toString('hex')}.tmp`);
}

/**
 * Writes `data` to `path`: afterwards the file holds all of it or, when this throws, what it held
 * before (a failure of the very last step, syncing the folder, leaves the new file). An existing
 * file keeps its permissions. Throws a UserError naming the path for what a disk can refuse; what
 * an iterable or `beforeRename` (the last look before the file is replaced) throws comes through as it is.
 */
export async function writeFileWhole(
  path: string,
  data: FileData,
  fs: FileSystem = realFileSystem,
  beforeRename?: () => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  isUnfinished(temporary);
  try {
    const file = await fs.create(temporary, await fs.mode(path));
    await fillAndClose(file, data);
    await beforeRename?.();
    await renameWhenFree(temporary, path, fs);
  } catch (error) {
    await cleanUp(temporary, fileError(firstError(error), path), fs);
  } finally {
    isFinished(temporary);
  }
  try {
    await fs.syncFolder(dirname(path));
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Makes a folder and those above it; throws a UserError naming it when the disk refuses. */
export async function makeFolder(path: string, fs: FileSystem = realFileSystem): Promise<void> {
  try {
    await fs.makeFolder(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Removes a file, if there is one; throws a UserError naming it when the disk refuses. */
export async function removeFile(path: string, fs: FileSystem = realFileSystem): Promise<void> {
  try {
    await fs.remove(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Removes what killed processes left of unfinished writes in `folder` (with `below`, in its subfolders
 * too). Only for a folder that nobody else writes to at this moment, such as a locked run folder.
 */
export async function removeUnfinishedWrites(
  folder: string,
  fs: FileSystem = realFileSystem,
  { below = false } = {},
): Promise<string[]> {
  const all = await readdir(folder, { recursive: below });
  const names = all.filter((name) => TEMPORARY.test(basename(name)));
  for (const name of names) await removeFile(join(folder, name), fs);
  return names;
}
