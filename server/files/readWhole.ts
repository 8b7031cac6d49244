/** Reading a file that somebody named: what the system refuses is a sentence with its path. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from './fileSystem.ts';

/** Why the system refuses something, by its error code; what to do about a refused write: atomicWrite.ts. */
export const systemReasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'it does not exist',
  ENOTDIR: 'part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EIO: 'the disk reported an error',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** A sentence for what the system refused, such as reading a file without permission; undefined for other errors. */
export function systemSentence(error: unknown): string | undefined {
  const reason = systemReasons[errorCode(error) ?? ''];
  if (reason === undefined || !(error instanceof Error) || !('path' in error)) return undefined;
  return `Could not use ${String(error.path)}: ${reason}.`;
}

/** The bytes of a file. Throws a UserError naming it for what a disk can refuse. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = systemReasons[errorCode(error) ?? ''];
    if (reason === undefined) throw error;
    throw new UserError(`Could not read ${path}: ${reason}.`, { cause: error });
  }
}
