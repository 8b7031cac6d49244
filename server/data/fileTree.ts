/**
 * The names in a dataset folder, read once. Layouts, labels and findings work on this list: nothing
 * is opened to detect a layout, so that a hundred thousand files take seconds.
 */
import { realpath, stat } from 'node:fs/promises';
import { nameKey } from '../../protocol/names.ts';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { FolderWalk } from './folderWalk.ts';
import type { WalkOptions } from './folderWalk.ts';
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

/** The folder of a path with forward slashes, without one at its end; empty for a file at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The path without its ending. */
export function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}

export const isImageName = (path: string): boolean => readable.has(endingOf(path));
export const isOtherPicture = (path: string): boolean => unreadable.has(endingOf(path));

/** By code units: the same order on every machine and in every language. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of several files with one stem the first by ending, as they are listed above. */
const endingRank = new Map([...readable].map((ending, rank) => [ending, rank]));

/** Relative paths of all files, forward slashes, sorted; hidden files and folders are left out. */
export class FileTree {
  readonly files: readonly string[];
  /** What lies beside them and is left out: names that are no UTF-8, devices and pipes named like images. */
  readonly odd: readonly OddEntry[];
  readonly #known: ReadonlySet<string>;
  #folders: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  #byKey: ReadonlyMap<string, string> | undefined;
  #imagesByStem: ReadonlyMap<string, readonly string[]> | undefined;
  /** True if one of the files is a link to another, or lies behind one. */
  readonly hasLinks: boolean;
  /** Links to files and folders outside of the dataset that were followed. */
  readonly #linksOut: readonly string[];

  constructor(
    files: readonly string[],
    {
      hasLinks = false,
      odd = [],
      linksOut = [],
    }: {
      hasLinks?: boolean;
      odd?: readonly OddEntry[];
      linksOut?: readonly string[];
    } = {},
  ) {
    this.hasLinks = hasLinks;
    this.odd = odd;
    this.#linksOut = linksOut;
    this.files = [...files].sort(byName);
    this.#known = new Set(this.files);
  }

  /** The same tree with more files. */
  with(files: readonly string[]): FileTree {
    const { hasLinks, odd } = this;
    return new FileTree([...new Set([...this.files, ...files])], {
      ...{ hasLinks, odd, linksOut: this.#linksOut },
    });
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  /** True for what lies behind a link that leads out of the dataset: it may be read, and is never written. */
  isOutside(path: string): boolean {
    return this.#linksOut.some((link) => path === link || path.startsWith(`${link}/`));
  }

  /** The file that a path names, as it is written on the disk (protocol/names.ts says what does not count). */
  find(path: string): string | undefined {
    if (this.#known.has(path)) return path;
    this.#byKey ??= new Map(this.files.map((file) => [nameKey(file), file]));
    return this.#byKey.get(nameKey(path));
  }

  /** True if any file lies in this folder (without a slash at its end). */
  hasFolder(path: string): boolean {
    return this.#folderMap().has(path);
  }

  /** Names of the folders in a folder, sorted; '' for the top. */
  foldersIn(folder: string): string[] {
    return [...(this.#folderMap().get(folder) ?? [])].sort(byName);
  }

  /** The image with this path but for its ending; the exact name before one that is only written otherwise. */
  image(stem: string): string | undefined {
    this.#imagesByStem ??= imagesByStem(this.files);
    const found = this.#imagesByStem.get(stem.normalize('NFC')) ?? [];
    return found.find((path) => path.startsWith(stem)) ?? found[0];
  }

  /** Files in `folder` and below. */
  under(folder: string): string[] {
    const start = `${folder}/`;
    return this.files.filter((file) => file.startsWith(start));
  }

  /** Names of the first folders on the way to the files. */
  topFolders(): string[] {
    return this.foldersIn('');
  }

  #folderMap(): ReadonlyMap<string, ReadonlySet<string>> {
    this.#folders ??= foldersOf(this.files);
    return this.#folders;
  }
}

/** Images by their paths without ending, letters put together; those of one stem in the order of their endings. */
function imagesByStem(files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files) {
    if (!isImageName(file)) continue;
    const key = withoutEnding(file).normalize('NFC');
    const same = found.get(key);
    if (same === undefined) found.set(key, [file]);
    else same.push(file);
  }
  const rank = (path: string): number => endingRank.get(endingOf(path)) ?? endingRank.size;
  for (const same of found.values()) same.sort((a, b) => rank(a) - rank(b));
  return found;
}

/** Each folder with the names of those in it. */
function foldersOf(files: readonly string[]): Map<string, Set<string>> {
  const folders = new Map([['', new Set<string>()]]);
  for (const file of files) {
    let inner = '';
    for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
      const folder = file.slice(0, slash);
      const known = folders.get(folder);
      const inside = known ?? new Set<string>();
      if (inner !== '') inside.add(inner);
      folders.set(folder, inside);
      inner = folder.slice(folder.lastIndexOf('/') + 1);
      if (known !== undefined) break;
      if (folder === inner) folders.get('')?.add(inner);
    }
  }
  return folders;
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

/** Files without an ending whose beginnings are read at a time. */
const openedAtOnce = 32;

/**
 * Lists a dataset folder; FolderWalk says what of it. Throws a UserError if there is no such folder.
 */
export async function readFileTree(root: string, options: WalkOptions = {}): Promise<FileTree> {
  const walk = new FolderWalk(await realRoot(root), isImageName, options);
  const files: string[] = [];
  for await (const part of walk.files()) for (const path of part) files.push(path);
  const unnamed: OddEntry[] = [];
  const bare = files.filter((path) => endingOf(path) === '');
  for (let start = 0; start < bare.length; start += openedAtOnce) {
    options.signal?.throwIfAborted();
    const part = bare.slice(start, start + openedAtOnce);
    const found = await Promise.all(part.map((path) => withoutEndingEntry(root, path)));
    unnamed.push(...found.filter((entry) => entry !== undefined));
  }
  const { hasLinks, odd, linksOut } = walk;
  return new FileTree(files, { hasLinks, odd: [...odd, ...unnamed], linksOut });
}
