/** Files that several processes change: one after the other, on top of what any other program wrote. */
import { KeepsChanging, LockLeft, changeFile, withLock } from '../../common/node/changeFile.ts';
import type { Change } from '../../common/node/changeFile.ts';
import { FileInUse, NoLockFile, lockPathOf } from '../../common/node/fileLock.ts';
import type { FileLock, Patience } from '../../common/node/fileLock.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { fileError, readIfThere, removeFile, writeFileWhole } from './atomicWrite.ts';
import { realFileSystem } from './fileSystem.ts';
import type { FileSystem } from './fileSystem.ts';

/** The sentence for a lock that is not had; any other error as it is. */
function lockError(error: unknown, file: string): unknown {
  const options = { cause: error };
  if (error instanceof FileInUse) {
    const { lock, holder } = error;
    const who =
      holder === undefined
        ? 'another program'
        : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
    return new UserError(
      `${file} was not written, as ${who} has it in use; wait for it and try again, or, if it no longer runs, remove ${lock}.`,
      options,
    );
  }
  if (error instanceof NoLockFile) {
    return new UserError(
      `${file} was not written: ${error.lock} is in the place of its lock and is no file; remove it and try again.`,
      options,
    );
  }
  if (error instanceof KeepsChanging) {
    return new UserError(
      `${file} was not written: another program keeps writing it; stop that one and try again.`,
      options,
    );
  }
  if (error instanceof LockLeft) {
    return new UserError(
      `${file} is written, but ${lockPathOf(file)} could not be removed (${errorText(error.cause)}); remove it.`,
      options,
    );
  }
  return fileError(error, file);
}

/**
 * Has a file to itself among our processes while `work` runs. Throws a UserError that names the file and who has
 * it when somebody keeps it, and for what the disk refuses.
 */
export async function withFileLock<T>(
  file: string,
  fs: FileSystem,
  work: (lock: FileLock) => Promise<T>,
): Promise<T> {
  try {
    return await withLock(file, fs, work);
  } catch (error) {
    throw lockError(error, file);
  }
}

/**
 * Changes a file (absolute, links resolved) that others change as well: `plan` makes the new bytes of those that
 * are there, again when somebody wrote it meanwhile, or undefined for nothing to do. Throws a UserError when it
 * cannot be written, which then holds what it held.
 */
export async function changeSharedFile<T>(
  file: string,
  plan: (before: Uint8Array | undefined) => Change<T> | undefined,
  fs: FileSystem = realFileSystem,
  patience?: Patience,
): Promise<T | undefined> {
  try {
    return await changeFile(
      file,
      {
        create: (path) => fs.create(path),
        remove: (path) => fs.remove(path),
        read: () => readIfThere(file, fs),
        replace: async (bytes, look) => {
          if (bytes !== undefined) await writeFileWhole(file, bytes, fs, look);
          else {
            await look();
            await removeFile(file, fs);
          }
        },
        ...(patience === undefined ? {} : { patience }),
      },
      plan,
    );
  } catch (error) {
    throw lockError(error, file);
  }
}
