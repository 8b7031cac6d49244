/** Whether a path lies outside of a folder. */
import * as path from 'node:path';

/** True for a path outside of a folder, by their names alone; the folder itself is inside. */
export function leadsOut(
  folder: string,
  place: string,
  system: Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'> = path,
): boolean {
  const back = system.relative(folder, place);
  return back === '..' || back.startsWith(`..${system.sep}`) || system.isAbsolute(back);
}
