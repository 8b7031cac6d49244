/** A folder that nothing may touch, and what it holds: each name, byte and time, to compare before and after. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes such a folder, with files of the kinds that a run folder has too. */
export async function outsideFolder(parent: string): Promise<string> {
  const folder = join(parent, 'outside');
  await mkdir(join(folder, 'inner'), { recursive: true });
  const files = { 'start-up.sh': 'echo mine\n', 'run.json': '{}\n', 'inner/ok.png': 'picture' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  // What a killed writer leaves; ours alone are removed, and not there.
  await writeFile(join(folder, '.segdec-0123456789abcdef.tmp'), 'left');
  return folder;
}

/** One line an entry, with times of change and contents. */
export async function contentOf(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const { mode, mtimeMs, size, nlink } = await lstat(path);
    const isFile = (mode & 0o170000) === 0o100000;
    const hash = isFile
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : '';
    lines.push([name, mode, mtimeMs, size, isFile ? nlink : '', hash].join(' '));
  }
  return lines.join('\n');
}
