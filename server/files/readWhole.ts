/** Reading a file that somebody named: what the system refuses is a sentence with its path. */
import { UserError } from '../../protocol/errors.ts';
import { readLimited } from '../../common/node/readLimited.ts';
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

/** A UserError with the path for what the system refuses; any other error as it is. */
export function readError(error: unknown, path: string): unknown {
  const reason = systemReasons[errorCode(error) ?? ''];
  if (reason === undefined) return error;
  return new UserError(`Could not read ${path}: ${reason}.`, { cause: error });
}

/** The bytes of a regular file of at most `most` bytes. Throws a UserError naming it for anything else. */
export async function readWhole(path: string, most: number): Promise<Uint8Array> {
  try {
    return await readLimited(path, most);
  } catch (error) {
    throw readError(error, path);
  }
}

/**
 * The bytes of a regular file of at most `most` bytes; undefined when there is none. Throws a UserError naming
 * it for anything else.
 */
export async function readIfThere(path: string, most: number): Promise<Uint8Array | undefined> {
  try {
    return await readLimited(path, most);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw readError(error, path);
  }
}
