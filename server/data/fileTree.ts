/**
 * The names in a dataset folder, read once. Layouts, labels and findings work on this list: nothing
 * is opened to detect a layout, so that a hundred thousand files take seconds.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { leadsOut } from '../files/leadsOut.ts';
import { entriesNotUtf8, isNotUtf8, notAFileEntry } from './oddEntries.ts';
import { withoutEndingEntry } from './withoutEnding.ts';
import type { OddEntry } from './oddEntries.ts';

/** Endings of the formats that can be read, in lower case. */
const readable = new Set([
  ...['.png', '.jpg', '.jpeg', '.jfif', '.jpe', '.tif', '.tiff', '.webp', '.bmp', '.dib'],
]);
/** Endings of pictures in formats that cannot. */
const unreadable = new Set([
  '.gif',
  '.heic',
  '.heif',
  '.avif',
  '.jxl',
  '.jp2',
  '.pgm',
  '.ppm',
  '.pbm',
  '.pnm',
  '.j2k',
  '.psd',
  '.dcm',
  '.hdr',
  '.cr3',
  '.orf',
  '.rw2',
  '.tga',
  '.svg',
  '.dng',
  '.cr2',
  '.nef',
  '.arw',
  '.exr',
]);

/** The ending of a path with its dot, in lower case; '' without one. */
export function endingOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(dot).toLowerCase() : '';
}

/** The path without its ending. */
export function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}

export const isImageName = (path: string): boolean => readable.has(endingOf(path));
export const isOtherPicture = (path: string): boolean => unreadable.has(endingOf(path));

/** By code units: the same order on every machine and in every language. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Relative paths of all files, forward slashes, sorted; hidden files and folders are left out. */
export class FileTree {
  readonly files: readonly string[];
  /** What lies beside them and is left out: names that are no UTF-8, devices and pipes named like images. */
  readonly odd: readonly OddEntry[];
  readonly #known: ReadonlySet<string>;
  #folders: ReadonlySet<string> | undefined;
  /** True if one of the files is a link to another. */
  readonly hasLinks: boolean;

  constructor(
    files: readonly string[],
    { hasLinks = false, odd = [] }: { hasLinks?: boolean; odd?: readonly OddEntry[] } = {},
  ) {
    this.hasLinks = hasLinks;
    this.odd = odd;
    this.files = [...files].sort(byName);
    this.#known = new Set(this.files);
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  /** True if any file lies in this folder (without a slash at its end). */
  hasFolder(path: string): boolean {
    this.#folders ??= foldersOf(this.files);
    return this.#folders.has(path);
  }

  /** The first of `stem` with one of the readable endings, as written in lower or upper case. */
  image(stem: string): string | undefined {
    // Most names that are asked for lie in folders that are not there: masks, ignored pixels.
    const slash = stem.lastIndexOf('/');
    if (slash > 0 && !this.hasFolder(stem.slice(0, slash))) return undefined;
    for (const ending of readable) {
      for (const path of [stem + ending, stem + ending.toUpperCase()]) {
        if (this.#known.has(path)) return path;
      }
    }
    return undefined;
  }

  /** Files in `folder` and below. */
  under(folder: string): string[] {
    const start = `${folder}/`;
    return this.files.filter((file) => file.startsWith(start));
  }

  /** The same tree seen from one of its folders. */
  from(folder: string): FileTree {
    return new FileTree(this.under(folder).map((file) => file.slice(folder.length + 1)));
  }

  /** Names of the first folders on the way to the files. */
  topFolders(): string[] {
    const tops = this.files.flatMap((file) => {
      const slash = file.indexOf('/');
      return slash < 0 ? [] : [file.slice(0, slash)];
    });
    return [...new Set(tops)];
  }
}

function foldersOf(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
      const folder = file.slice(0, slash);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** What a link stands for: a file of the dataset, something that is listed where it lies, or why it is left out. */
async function linkTarget(root: string, path: string): Promise<'file' | 'elsewhere' | OddEntry> {
  const left = (why: string): OddEntry => ({ path, why });
  try {
    const target = await realpath(join(root, path));
    if (leadsOut(root, target)) {
      return left(
        'is a link out of the dataset folder and is left out; put the files themselves there',
      );
    }
    // A folder that is linked from inside the dataset is listed where it really lies.
    return (await stat(target)).isFile() ? 'file' : 'elsewhere';
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return left('is a link that leads nowhere and is left out; mend or remove it');
  }
}

async function realRoot(root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`There is no folder ${root}; name the folder that holds the images.`, {
      cause: error,
    });
  }
  throw new UserError(`${root} is a file; name the folder that holds the images.`);
}

/**
 * Lists a dataset folder. Links to files inside it count as files; links that lead out are left out.
 * Throws a UserError if there is no such folder.
 */
export async function readFileTree(root: string, signal?: AbortSignal): Promise<FileTree> {
  const top = await realRoot(root);
  const files: string[] = [];
  let hasLinks = false;
  const odd: OddEntry[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    let notUtf8 = false;
    for (const entry of await readdir(join(top, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (await isNotUtf8(join(top, path), entry.name)) notUtf8 = true;
      else if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) {
        files.push(path);
        const unnamed = endingOf(path) === '' ? await withoutEndingEntry(top, path) : undefined;
        if (unnamed !== undefined) odd.push(unnamed);
      } else if (entry.isSymbolicLink()) {
        const target = await linkTarget(top, path);
        if (target === 'file') {
          files.push(path);
          hasLinks = true;
        } else if (target !== 'elsewhere') odd.push(target);
      } else if (isImageName(path)) {
        const entryOdd = await notAFileEntry(top, path);
        if (entryOdd !== undefined) odd.push(entryOdd);
      }
    }
    if (notUtf8) odd.push(...(await entriesNotUtf8(top, folder)));
  }
  return new FileTree(files, { hasLinks, odd });
}
