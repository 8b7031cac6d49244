/** What lies in a dataset folder and is no file that can be opened: named, so that it can be told of, and left out. */
import { lstat, readdir } from 'node:fs/promises';
import { counted } from '../../protocol/counted.ts';
import type { Finding } from '../../protocol/dataset.ts';
import { otherThanFile } from '../../common/node/readLimited.ts';
import { errorCode } from '../files/fileSystem.ts';

/** An entry that is left out. */
export interface OddEntry {
  /** Relative; bytes that are no UTF-8 as \\xNN. */
  readonly path: string;
  readonly why: string;
}

/** What stands for bytes that are no UTF-8; in a name that is valid it may also be meant. */
const replacement = '\uFFFD';

/** False for a name that is UTF-8 for sure. */
export const mayBeNotUtf8 = (name: string): boolean => name.includes(replacement);

/** True where one that may not be UTF-8 cannot be opened by the text that Node makes of it. */
export async function isNotUtf8(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return true;
  }
}

const escaped = (name: Buffer): string =>
  [...name]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e
        ? `\\x${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');

/** The names of a folder that are no UTF-8, escaped. */
export async function namesNotUtf8(folder: string): Promise<string[]> {
  const names = await readdir(folder, { encoding: 'buffer' });
  return names.filter((name) => !Buffer.from(name.toString('utf8')).equals(name)).map(escaped);
}

/** Why the names of a folder that are no UTF-8 are left out, as entries of it; `real`: where it lies. */
export async function entriesNotUtf8(real: string, folder: string): Promise<OddEntry[]> {
  const why = 'has a name that is not UTF-8 and cannot be opened by it; rename it';
  const names = await namesNotUtf8(real);
  return names.sort().map((name) => ({ path: folder === '' ? name : `${folder}/${name}`, why }));
}

/** Why something named like an image is none; undefined for a file. `place`: where it lies. */
export async function notAFileEntry(place: string, path: string): Promise<OddEntry | undefined> {
  const what = otherThanFile(await lstat(place));
  if (what === undefined) return undefined;
  return { path, why: `is ${what}, not an image; put a file in its place or remove it` };
}

/** Entries that a sentence names. */
const mostNamed = 3;

function oddFinding(paths: readonly string[], why: string): Finding {
  const some = paths.slice(0, mostNamed).join(', ');
  const which =
    paths.length === 1
      ? some
      : `${counted(paths.length, 'entry', 'entries')} (${some}${paths.length > mostNamed ? ', …' : ''}): each`;
  return {
    ...{ kind: 'unreadable', severity: 'warning', files: paths },
    message: `${which} ${why}.`,
  };
}

/** They as findings: one for those that are left out for the same reason, which may be thousands. */
export function findingsOf(entries: readonly OddEntry[]): Finding[] {
  const byReason = new Map<string, string[]>();
  for (const { path, why } of entries) {
    const known = byReason.get(why);
    if (known === undefined) byReason.set(why, [path]);
    else known.push(path);
  }
  return [...byReason].map(([why, paths]) => oddFinding(paths, why));
}
