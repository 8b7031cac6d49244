/** Absolute paths of files that are there or will be, kept inside a folder after all links are resolved. */
import { access, constants, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { systemReasons } from '../../files/readWhole.ts';
import { leadsOut } from '../../files/leadsOut.ts';
import { resolved } from '../places.ts';

/**
 * Where a relative path really lies. Throws a UserError for one that leads out of the folder.
 */
export async function placeInside(root: string, path: string): Promise<string> {
  const file = join(root, path);
  let real;
  try {
    const top = await realpath(root);
    real = await resolved(file);
    if (real !== top && !leadsOut(top, real)) return real;
  } catch (error) {
    const reason = systemReasons[errorCode(error) ?? ''];
    if (reason === undefined) throw error;
    throw new UserError(`Could not use ${file}: ${reason}.`, { cause: error });
  }
  const place = real === file ? '' : ` to ${real}`;
  throw new UserError(
    `${file} leads out of ${root}${place}, so it is not used; choose a place inside.`,
  );
}

/**
 * Where a table really lies. Throws a UserError for one that leads out of the folder, and for a link to a file of
 * another name: a photo would get rows.
 */
export async function tableInside(root: string, path: string): Promise<string> {
  const file = await placeInside(root, path);
  if (basename(file) === basename(path)) return file;
  throw new UserError(
    `${join(root, path)} is a link to ${file}, so it is not used; put the table itself there.`,
  );
}

/** What the system refuses, as a reason; undefined when a file (or, without it, its folder) may be written. */
export async function refusalOf(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOENT' && dirname(file) !== file) return await refusalOf(dirname(file));
    const reason = systemReasons[code];
    if (reason === undefined) throw error;
    return reason;
  }
}
