/** Where caches are kept when nobody says where: a folder of the user's own, which others cannot write to. */
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';

/** The platform's folder for caches of this user. */
function cachesOfUser(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  const name = process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME';
  const named = process.env[name];
  if (named !== undefined && isAbsolute(named)) return named;
  return join(homedir(), process.platform === 'win32' ? 'AppData/Local' : '.cache');
}

/** `segdec` in the user's folder for caches, absolute. */
export const userCacheFolder = (): string => join(cachesOfUser(), 'segdec');

/**
 * Makes a cache folder that only this user may look into. Throws a UserError for one that is a link or
 * belongs to somebody else, who could put other pictures there.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const isOurs = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOurs) {
    throw new UserError(`${folder} is no folder of yours, so nothing is kept there; remove it.`);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}
