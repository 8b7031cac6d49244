/**
 * Writes a file whole or not at all, as server/files/atomicWrite.ts does: a temporary file in the same folder,
 * synced, then renamed over the old one. The extension imports nothing of the server, and needs but this.
 */
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createFile, modeOf, removeFile, syncFolder } from '../../common/node/diskFiles.ts';
import type { WritableFile } from '../../common/node/diskFiles.ts';
import { errorCode } from '../../common/node/systemError.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { readTable } from '../../common/node/readLimited.ts';
import type { Localise } from './localise.ts';

/** The seam through which labels change files, so that a test can make its n-th operation fail. */
export interface LabelFiles {
  /** Milliseconds to wait before each further try of a rename that was refused as busy; Windows only. */
  readonly busyRenameDelays: readonly number[];
  /** Makes a new file; fails when the name is taken. */
  create(path: string, mode?: number): Promise<WritableFile>;
  /** The permission bits of a file, or undefined when there is none. */
  mode(path: string): Promise<number | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is fine. */
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  read(path: string): Promise<Uint8Array>;
}

/** The file is as it was wanted, but the disk could not promise to keep it so. */
export class UnsureError extends UserError {}

export { errorCode as systemCode };

function advice(code: string, l10n: Localise): string | undefined {
  switch (code) {
    case 'ENOSPC':
      return l10n.t('the disk is full; free some space and try again');
    case 'EDQUOT':
      return l10n.t('your disk quota is used up; free some space and try again');
    case 'EACCES':
    case 'EPERM':
      return l10n.t('permission denied; check who may write there');
    case 'EROFS':
      return l10n.t('the disk is read-only');
    case 'EIO':
      return l10n.t('the disk reported an error; check it and try again');
    case 'ENOENT':
      return l10n.t('the folder does not exist');
    case 'EISDIR':
      return l10n.t('there is a folder of this name');
    case 'EBUSY':
      return l10n.t('another program has it open; close that and try again');
    case 'EMFILE':
      return l10n.t('too many files are open; close some and try again');
    default:
      return undefined;
  }
}

/** A sentence for what the disk refused; any other error as it is. */
export function diskError(error: unknown, path: string, l10n: Localise): unknown {
  const code = errorCode(error);
  const why = code === undefined ? undefined : advice(code, l10n);
  if (code === undefined || why === undefined) return error;
  return new UserError(l10n.t('Could not write {0}: {1} ({2}).', path, why, code), {
    cause: error,
  });
}

/** The bytes of a file; undefined when there is none. */
export async function readIfThere(
  path: string,
  files: LabelFiles,
): Promise<Uint8Array | undefined> {
  try {
    return await files.read(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function fill(file: WritableFile, bytes: Uint8Array): Promise<void> {
  try {
    await file.write(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

const busy = new Set(['EPERM', 'EACCES', 'EBUSY']);

async function renameWhenFree(from: string, to: string, files: LabelFiles): Promise<void> {
  for (const delay of files.busyRenameDelays) {
    try {
      return await files.rename(from, to);
    } catch (error) {
      if (!busy.has(errorCode(error) ?? '')) throw error;
    }
    await wait(delay);
  }
  await files.rename(from, to);
}

async function replace(
  path: string,
  bytes: Uint8Array,
  look: () => Promise<void>,
  files: LabelFiles,
): Promise<void> {
  const temporary = join(dirname(path), `.segdec-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await fill(await files.create(temporary, await files.mode(path)), bytes);
    await look();
    await renameWhenFree(temporary, path, files);
  } catch (error) {
    await files.remove(temporary).catch((second: unknown) => {
      const text = `${errorText(error)} (${temporary}: ${errorText(second)})`;
      throw Object.assign(new Error(text, { cause: error }), { code: errorCode(error) });
    });
    throw error;
  }
}

/**
 * Puts `bytes` (undefined: nothing) in the place of a file. Calls `look` last of all and changes nothing when that
 * throws, which comes through as it is. Throws a UserError with the path for what a disk refuses, an UnsureError
 * when only the last sync failed.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | undefined,
  look: () => Promise<void>,
  files: LabelFiles,
  l10n: Localise,
): Promise<void> {
  try {
    if (bytes !== undefined) await replace(path, bytes, look, files);
    else {
      await look();
      await files.remove(path);
    }
  } catch (error) {
    throw diskError(error, path, l10n);
  }
  try {
    await files.syncFolder(dirname(path));
  } catch (error) {
    const told = diskError(error, path, l10n);
    throw new UnsureError(errorText(told), { cause: error });
  }
}

/** The machine's own files. */
export const ownFiles: LabelFiles = {
  // An antivirus or an indexer may hold a file open for a moment; 2.5 seconds in all.
  busyRenameDelays: process.platform === 'win32' ? [10, 20, 40, 80, 160, 320, 640, 1280] : [],
  create: createFile,
  mode: modeOf,
  rename,
  remove: removeFile,
  syncFolder,
  read: readTable,
};
