/**
 * The one way from a name in a file to a place on disk. What a file names lies inside the folder that the file
 * speaks for, all links followed, or it is one of the places that the person has named; nothing else is looked
 * at (docs/decisions/places.md).
 */
import { readlink, realpath } from 'node:fs/promises';
import * as path from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { systemReasons } from '../files/readWhole.ts';

/** True for a path outside of a folder, by their names alone; the folder itself is inside. */
export function leadsOut(
  folder: string,
  place: string,
  system: Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'> = path,
): boolean {
  const back = system.relative(folder, place);
  return back === '..' || back.startsWith(`..${system.sep}`) || system.isAbsolute(back);
}

/** As many as systems follow; links of what is not there yet may lead in circles that they do not see. */
const mostLinks = 40;

async function linkTarget(place: string): Promise<string | undefined> {
  try {
    return await readlink(place);
  } catch (error) {
    // EINVAL: it is there by now, and no link.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}

/** The path with the links of what is there resolved, those that lead to nothing too; the rest is still to be made. */
export async function resolved(place: string, links = mostLinks): Promise<string> {
  try {
    return await realpath(place);
  } catch (error) {
    const above = path.dirname(place);
    if (errorCode(error) !== 'ENOENT' || above === place) throw error;
    const folder = await resolved(above, links);
    const here = path.join(folder, path.basename(place));
    const target = await linkTarget(here);
    if (target === undefined) return here;
    if (links === 0) {
      const message = `${place}: too many links`;
      throw Object.assign(new Error(message), { code: 'ELOOP', path: place });
    }
    return await resolved(path.resolve(folder, target), links - 1);
  }
}

/** What a file says, and for whom. */
export interface Named {
  /** The file that names the place, and what it calls it, such as "dataset". */
  readonly file: string;
  readonly what: string;
  /** The folder that it speaks for, and what it says: absolute, or relative to that folder. */
  readonly home: string;
  readonly name: string;
  /** The flag by which a person names such a place on the command line. */
  readonly flag?: string;
}

/** A file names a place outside of its folder that the person has not named. */
export class OutsideError extends UserError {
  readonly named: Named;
  /** The place with all links followed: what the person has to name. */
  readonly place: string;
  /** What the file says, without a way out and without a full stop. */
  readonly fact: string;

  constructor(named: Named, written: string, place: string) {
    const { file, what, home, flag } = named;
    const link = written === place ? '' : `, which leads to ${place}`;
    const fact = `${file} names the ${what} ${written}${link}; that lies outside of ${home}`;
    const way = flag === undefined ? 'name it yourself' : `add ${flag} ${JSON.stringify(place)}`;
    super(`${fact} and is used only when you say so: ${way}.`);
    this.named = named;
    this.place = place;
    this.fact = fact;
  }
}

/** On Windows even asking for such a place sends one's name and password's hash to the machine that it names. */
const isOnNetwork = (place: string): boolean =>
  process.platform === 'win32' && /^[\\/]{2}/.test(place);

async function realPlace({ file, what, home, name }: Named): Promise<string> {
  const written = path.resolve(home, name);
  if (isOnNetwork(written) && leadsOut(home, written)) return written;
  try {
    return await resolved(written);
  } catch (error) {
    const code = errorCode(error) ?? '';
    const reason = code === 'ERR_INVALID_ARG_VALUE' ? 'it is no path' : systemReasons[code];
    if (reason === undefined) throw error;
    throw new UserError(`${file} names the ${what} ${JSON.stringify(name)}: ${reason}.`, {
      cause: error,
    });
  }
}

/** True for two names of one place; what the system refuses to resolve is the same as nothing. */
export async function isSamePlace(a: string, b: string): Promise<boolean> {
  try {
    return (await resolved(path.resolve(a))) === (await resolved(path.resolve(b)));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * The absolute path of what a file names. `allowed`: places that the person has named for this file's folder.
 * Throws an OutsideError for one that lies neither inside nor among those, and a UserError for what is no path.
 */
export async function namedPlace(named: Named, allowed: readonly string[] = []): Promise<string> {
  const written = path.resolve(named.home, named.name);
  const real = await realPlace(named);
  if (!leadsOut(await resolved(named.home), real)) return written;
  for (const place of allowed) {
    if (place === real || (!isOnNetwork(real) && (await isSamePlace(place, real)))) return written;
  }
  throw new OutsideError(named, written, real);
}
