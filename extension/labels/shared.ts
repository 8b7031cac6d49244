/** labels.csv as a file that others change as well: where it really lies, and sentences for who keeps it. */
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { KeepsChanging, LockLeft } from '../../common/node/changeFile.ts';
import { FileInUse, NoLockFile, lockPathOf } from '../../common/node/fileLock.ts';
import { errorCode } from '../../common/node/systemError.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import type { Localise } from './localise.ts';
import { UnsureError, diskError } from './writeWhole.ts';

/** The sentence for what keeps a file from being changed; any other error as it is. */
export function lockError(error: unknown, file: string, l10n: Localise): unknown {
  const options = { cause: error };
  if (error instanceof FileInUse) {
    const { lock, holder } = error;
    if (holder === undefined) {
      return new UserError(
        l10n.t(
          '{0} was not written: another program has it in use; remove {1} if none does.',
          file,
          lock,
        ),
        options,
      );
    }
    return new UserError(
      l10n.t(
        '{0} was not written: process {1} on {2} has it in use since {3}; label again later, or, if it no longer runs, remove {4}.',
        ...[file, holder.pid, holder.host, holder.since, lock],
      ),
      options,
    );
  }
  if (error instanceof NoLockFile) {
    return new UserError(
      l10n.t(
        '{0} was not written: {1} is in the place of its lock and is no file; remove it.',
        file,
        error.lock,
      ),
      options,
    );
  }
  if (error instanceof KeepsChanging) {
    return new UserError(
      l10n.t('Another program keeps writing {0}; stop it and label again.', file),
      options,
    );
  }
  if (error instanceof LockLeft) {
    return new UnsureError(
      l10n.t(
        '{0} is written, but {1} could not be removed ({2}); remove it.',
        file,
        lockPathOf(file),
        errorText(error.cause),
      ),
      options,
    );
  }
  return diskError(error, file, l10n);
}

/**
 * Where a file really lies: a link is followed inside its folder, as the server does, so that both have one lock.
 * Throws a UserError for a link that leads elsewhere, or to a file of another name.
 */
export async function realFile(file: string, l10n: Localise): Promise<string> {
  try {
    if (!(await lstat(file)).isSymbolicLink()) return file;
    const real = await realpath(file);
    const back = relative(await realpath(dirname(file)), real);
    const isInside = back !== '..' && !back.startsWith(`..${sep}`) && join('/', back) !== back;
    if (isInside && basename(real) === basename(file)) return real;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return file;
    throw diskError(error, file, l10n);
  }
  throw new UserError(
    l10n.t(
      '{0} is a link to another file, so that nothing was written; put the table itself there.',
      file,
    ),
  );
}
