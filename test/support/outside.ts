/** A project beside a folder that is none of its business, and what proves that nobody was there. */
import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  realpath,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join, relative } from 'node:path';
import { plainPng, writeTree } from './tree.ts';

/** In each name and each text that lies outside; no answer may ever hold it. */
export const bait = 'hush7319';

/** Every file and folder below, with its content and the time of its last change. */
export async function stateOf(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, size, mode } = await lstat(path);
    const content = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : entry.isSymbolicLink()
        ? await readlink(path)
        : '';
    lines.push([relative(folder, path), mtimeMs, size, mode, content].join(' '));
  }
  const { mtimeMs } = await lstat(folder);
  return [`${folder} ${mtimeMs}`, ...lines.sort()];
}

/** `top`/private/photos: a dataset with the bait in its names, labels and masks. */
export async function privatePhotos(top: string): Promise<string> {
  const photos = join(top, 'private', 'photos');
  const names = (part: string, value: number) =>
    Array.from({ length: 6 }, (_, i) => [`${part}/${bait}-${i}.png`, value + i] as const);
  await writeTree(photos, {
    ...Object.fromEntries([...names('ok', 10), ...names('defective', 100)]),
    [`masks/${bait}-0.png`]: await plainPng(255),
    'labels.csv': `image,label,kind\nok/${bait}-0.png,ok,${bait}\n`,
  });
  return photos;
}

/** Ways in which a segdec.json in `top`/`name` can name `top`/private/photos, and places around it. */
export async function waysOut(top: string): Promise<readonly { name: string; place: string }[]> {
  const photos = join(top, 'private', 'photos');
  const links = join(top, 'links');
  await mkdir(links, { recursive: true });
  await symlink('../private', join(links, 'far'));
  return [
    { name: '../private/photos', place: photos },
    { name: '../private/photos/', place: photos },
    { name: photos, place: photos },
    { name: 'sub/../../private/./photos', place: photos },
    { name: '..', place: top },
    { name: '../private', place: join(top, 'private') },
    { name: '/', place: '/' },
    { name: 'link', place: photos },
    { name: 'link/ok', place: join(photos, 'ok') },
    { name: 'chain/photos', place: photos },
    { name: 'dangling', place: join(top, 'private', 'new') },
    { name: '../project-of-others', place: join(top, 'project-of-others') },
  ];
}

/** A project folder whose segdec.json says `settings`, with links out for the ways above. */
export async function projectOf(
  top: string,
  name: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<string> {
  const folder = join(top, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'segdec.json'), JSON.stringify(settings));
  await symlink('../private/photos', join(folder, 'link'));
  await symlink('../links/far', join(folder, 'chain'));
  await symlink('../private/new', join(folder, 'dangling'));
  return await realpath(folder);
}

/** `parent`/outside: a folder with files of the names that a run folder has too. */
export async function outsideFolder(parent: string): Promise<string> {
  const folder = join(parent, 'outside');
  await mkdir(join(folder, 'inner'), { recursive: true });
  const files = { 'start-up.sh': 'echo mine\n', 'run.json': '{}\n', 'inner/ok.png': 'picture' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  // As a killed writer of ours leaves them where it wrote.
  await writeFile(join(folder, '.segdec-0123456789abcdef.tmp'), 'left');
  return folder;
}
