/** What `segdec predict` is given (files, folders, globs, @lists), as a stream of image files. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { byName, isImageName, withoutEnding } from '../data/fileTree.ts';
import { FolderWalk } from '../data/folderWalk.ts';
import { isJunk } from '../data/junk.ts';
import { isNoPhotoFolder } from '../data/layouts/folderWords.ts';
import { errorCode } from '../files/fileSystem.ts';
import { listLines } from '../files/readLines.ts';

/** What datasets keep beside their images; named by itself, such a file is predicted like any other. */
const maskName = /_(label|gt|mask)$/i;

/** True for a path that is no photo: of a mask, or of what systems put between people's files. */
function isMask(path: string): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const isLeftOut = (part: string): boolean =>
    isSetAside(part) || (isJunk(part) && part !== '.' && part !== '..');
  return isJunk(name) || maskName.test(withoutEnding(name)) || parts.some(isLeftOut);
}

type Kind = 'file' | 'folder' | 'missing';

async function kindOf(path: string): Promise<Kind> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw error;
  }
}

/** A folder of masks, of what tools draw, or of ignored pixels. */
const isSetAside = (folder: string): boolean =>
  isNoPhotoFolder(folder) || folder.toLowerCase() === 'ignore';

/** Images of a folder and those below it, by name, links followed as datasets follow them; masks are left out. */
async function* folderImages(folder: string): AsyncGenerator<string> {
  const walk = new FolderWalk(await realpath(folder), isImageName, { leaveOut: isSetAside });
  const isPhoto = (path: string): boolean =>
    isImageName(path) && !maskName.test(withoutEnding(path));
  for await (const part of walk.files()) {
    for (const path of part) if (isPhoto(path)) yield join(folder, path);
  }
  // What cannot be opened is reported like an image that cannot.
  for (const { path } of walk.odd) if (isPhoto(path)) yield join(folder, path);
}

/** Without those that are reached once more through a link to their folder. */
async function eachOnce(names: readonly string[], folder: string): Promise<string[]> {
  const realFolders = new Map<string, string>();
  const kept = new Map<string, string>();
  for (const name of names) {
    const path = resolve(folder, name);
    const place = dirname(path);
    const real = realFolders.get(place) ?? (await realpath(place));
    realFolders.set(place, real);
    const key = join(real, basename(path));
    if (!kept.has(key) || key === path) kept.set(key, name);
  }
  return [...kept.values()].sort(byName);
}

/** What a pattern matches of what a folder would give: junk and masks are left out, links followed. */
async function* globImages(pattern: string, folder: string): AsyncGenerator<string> {
  // Windows writes paths with the character that escapes in a pattern.
  const portable = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  const found = await glob(portable, { cwd: folder, onlyFiles: true, followSymbolicLinks: true });
  const photos = found.filter((name) => isImageName(name) && !isMask(name)).sort(byName);
  const images = await eachOnce(photos, folder);
  if (images.length === 0) {
    throw new UserError(`No image matches ${pattern}; PNG, JPEG, TIFF, WebP and BMP are read.`);
  }
  for (const name of images) yield resolve(folder, name);
}

/** Something that was named: a file, a folder, a list (all absolute), or a pattern. */
export type ImageInput =
  | { readonly kind: 'file' | 'folder' | 'list'; readonly path: string }
  | { readonly kind: 'glob'; readonly pattern: string };

async function inputOf(input: string, folder: string): Promise<ImageInput> {
  const path = resolve(folder, input);
  // A file whose name looks like a list or a pattern is that file.
  const kind = await kindOf(path);
  if (kind !== 'missing') return { kind, path };
  if (input.startsWith('@')) {
    const list = resolve(folder, input.slice(1));
    if ((await kindOf(list)) !== 'missing') return { kind: 'list', path: list };
    throw new UserError(`There is no list ${list}; write one image path a line.`);
  }
  if (isDynamicPattern(input)) return { kind: 'glob', pattern: input };
  throw new UserError(`There is no file or folder ${path}; mend the path.`);
}

/**
 * What `inputs` name, relative to `folder`: files, folders, globs, `@list.txt` with one path a line.
 * Throws a UserError for the first that is not there, before any work is done.
 */
export async function imageInputs(
  inputs: readonly string[],
  folder: string,
): Promise<ImageInput[]> {
  const found: ImageInput[] = [];
  for (const input of inputs) found.push(await inputOf(input, folder));
  return found;
}

/**
 * The image files of `inputs`, in their order; a folder's with those below it. Throws a UserError for a
 * pattern without a match; a path in a list that is missing comes through, to be reported like any
 * unreadable image.
 */
export async function* imageFiles(
  inputs: readonly ImageInput[],
  folder: string,
): AsyncGenerator<string> {
  for (const input of inputs) {
    if (input.kind === 'file') yield input.path;
    else if (input.kind === 'folder') yield* folderImages(input.path);
    else if (input.kind === 'glob') yield* globImages(input.pattern, folder);
    else {
      for await (const line of listLines(input.path, mostBytes.list)) yield resolve(folder, line);
    }
  }
}
