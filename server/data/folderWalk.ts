/**
 * A folder with those below it, one entry at a time. Links are followed for reading, out of the folder too where
 * that is wanted: people keep their photos on other disks. What is left out is noted, so that it can be told.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorCode } from '../files/fileSystem.ts';
import { leadsOut } from '../files/leadsOut.ts';
import { isJunk } from './junk.ts';
import { entriesNotUtf8, isNotUtf8, mayBeNotUtf8, notAFileEntry } from './oddEntries.ts';
import type { OddEntry } from './oddEntries.ts';

export interface WalkOptions {
  /** Links that lead out of the folder are followed; default true. */
  readonly followLinks?: boolean;
  readonly signal?: AbortSignal;
  /** Folders that are not entered, by their own names. */
  readonly leaveOut?: (folderName: string) => boolean;
}

const why = {
  notFollowed:
    'is a link out of the dataset folder and is left out: such links are followed on the command line and in trusted workspaces, unless segdec.json says "followLinks": false',
  nowhere: 'is a link that leads nowhere and is left out; mend or remove it',
  above:
    'is a link to a folder that holds it, and is left out, as it would lead in circles; remove it',
  twice: (target: string): string =>
    `leads to ${target}, which is listed already, and is left out; if its name tells the label, move the files there`,
};

/** What a link leads to. */
interface Target {
  /** Absolute, all links resolved. */
  readonly real: string;
  readonly isFolder: boolean;
  readonly isOut: boolean;
}

export class FolderWalk {
  readonly #root: string;
  readonly #isImage: (path: string) => boolean;
  readonly #options: WalkOptions;
  /** Where the folders lie that were entered: each is listed once, whatever leads to it. */
  readonly #entered = new Set<string>();
  readonly odd: OddEntry[] = [];
  /** Paths of links that lead out and were followed. */
  readonly linksOut: string[] = [];
  hasLinks = false;

  /** `root`: absolute, its links resolved. `isImage`: by the name; of other pipes and devices nothing is said. */
  constructor(root: string, isImage: (path: string) => boolean, options: WalkOptions = {}) {
    this.#root = root;
    this.#isImage = isImage;
    this.#options = options;
  }

  /** Relative paths of the files, with forward slashes, in the order of the names in each folder; many at a time. */
  files(): AsyncGenerator<readonly string[]> {
    return this.#filesIn('', this.#root);
  }

  /** `real`: where the folder lies, all links resolved. */
  async *#filesIn(folder: string, real: string): AsyncGenerator<readonly string[]> {
    this.#options.signal?.throwIfAborted();
    this.#entered.add(real);
    const entries = await readdir(real, { withFileTypes: true });
    let notUtf8 = false;
    let files: string[] = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry;
      if (isJunk(name)) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (entry.isFile() && !mayBeNotUtf8(name)) {
        files.push(path);
        continue;
      }
      const place = join(real, name);
      if (mayBeNotUtf8(name) && (await isNotUtf8(place))) notUtf8 = true;
      else if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() || entry.isSymbolicLink()) {
        yield files;
        files = [];
        yield* entry.isDirectory() ? this.#enter(path, place) : this.#follow(path, place);
      } else await this.#noteOdd(path, place);
    }
    yield files;
    if (notUtf8) this.odd.push(...(await entriesNotUtf8(real, folder)));
  }

  async *#enter(path: string, real: string): AsyncGenerator<readonly string[]> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (this.#options.leaveOut?.(name) === true) return;
    if (this.#entered.has(real)) this.#leaveOut(path, why.twice(real));
    else yield* this.#filesIn(path, real);
  }

  async *#follow(path: string, place: string): AsyncGenerator<readonly string[]> {
    const target = await this.#targetOf(path, place);
    if (target === undefined) return;
    const { real, isFolder, isOut } = target;
    const holds = (folder: string): boolean => !leadsOut(real, folder);
    if (isFolder && (holds(this.#root) || holds(dirname(place)))) {
      this.#leaveOut(path, why.above);
      return;
    }
    if (isFolder && !isOut && !this.#isHidden(real)) {
      this.#leaveOut(path, why.twice(relative(this.#root, real).split(sep).join('/')));
      return;
    }
    this.hasLinks = true;
    if (isOut) this.linksOut.push(path);
    if (isFolder) yield* this.#enter(path, real);
    else yield [path];
  }

  /** Undefined, and noted, for what cannot or may not be followed. */
  async #targetOf(path: string, place: string): Promise<Target | undefined> {
    try {
      const real = await realpath(place);
      const isOut = leadsOut(this.#root, real);
      if (isOut && this.#options.followLinks === false) {
        this.#leaveOut(path, why.notFollowed);
        return undefined;
      }
      const info = await stat(real);
      if (info.isDirectory() || info.isFile()) return { real, isFolder: info.isDirectory(), isOut };
      await this.#noteOdd(path, real);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      this.#leaveOut(path, why.nowhere);
    }
    return undefined;
  }

  /** True for a folder in the dataset that is not listed where it lies. */
  #isHidden(real: string): boolean {
    return relative(this.#root, real).split(sep).some(isJunk);
  }

  #leaveOut(path: string, reason: string): void {
    this.odd.push({ path, why: reason });
  }

  async #noteOdd(path: string, place: string): Promise<void> {
    if (!this.#isImage(path)) return;
    const odd = await notAFileEntry(place, path);
    if (odd !== undefined) this.odd.push(odd);
  }
}
