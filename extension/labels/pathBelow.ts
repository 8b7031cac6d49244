/** Paths of files inside of folders. */
import { relative, resolve, sep } from 'node:path';

/** The path of a file below a folder, with forward slashes; undefined outside of it. */
export function pathBelow(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || resolve(path) === path) {
    return undefined;
  }
  return path.split(sep).join('/');
}
