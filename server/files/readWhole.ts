/** Reading a file that somebody named: what the system refuses is a sentence with its path. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from './fileSystem.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the disk reported an error',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** The bytes of a file. Throws a UserError naming it for what a disk can refuse. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = REASONS[errorCode(error) ?? ''];
    if (reason === undefined) throw error;
    throw new UserError(`Could not read ${path}: ${reason}.`, { cause: error });
  }
}
