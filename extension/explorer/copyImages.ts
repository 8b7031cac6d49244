/**
 * Copies dropped images into a dataset. Names are data: nothing but the last part of one is used, nothing is
 * overwritten, and what a failed or stopped copy began is removed.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Localise } from '../labels/localise.ts';
import { diskError, systemCode } from '../labels/writeWhole.ts';
import { pathBelow } from '../labels/pathBelow.ts';
import { isImageName } from './imageNames.ts';

/** A file to copy: on this machine, or as bytes where it was dropped from another. */
export type ImageSource =
  | { readonly name: string; readonly file: string }
  | { readonly name: string; readonly read: () => PromiseLike<Uint8Array> };

export interface CopyTarget {
  readonly dataset: string;
  /** Relative to the dataset, forward slashes; '' is the dataset itself. */
  readonly folder: string;
}

export interface Copied {
  readonly copied: number;
  /** Of these, under another name because theirs was taken. */
  readonly renamed: number;
}

/** The name that a dropped file gets; undefined for one that is no image that can be read. */
export function nameOf(source: string): string | undefined {
  const name = source.split(/[/\\]/).at(-1) ?? '';
  const usable = isImageName(name) && !name.startsWith('.') && !name.includes('\0');
  return usable ? name : undefined;
}

/** `part.png`, `part-2.png`, `part-3.png`, … */
export function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
}

async function place(source: ImageSource, path: string): Promise<void> {
  try {
    if ('file' in source) await copyFile(source.file, path, constants.COPYFILE_EXCL);
    else await writeFile(path, await source.read(), { flag: 'wx' });
  } catch (error) {
    // A file that was there before is not ours to remove.
    if (systemCode(error) !== 'EEXIST') await rm(path, { force: true });
    throw error;
  }
}

/** Gives the number that the name needed. */
async function placeUnderFreeName(
  source: ImageSource,
  folder: string,
  name: string,
): Promise<number> {
  for (let number = 1; ; number += 1) {
    try {
      await place(source, join(folder, numbered(name, number)));
      return number;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** The path itself with links resolved, or that of the first folder above it that is there. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return await resolved(dirname(path));
  }
}

/** Makes the folder; throws when it lies, by its name or by a link, outside of the dataset. */
async function targetFolder({ dataset, folder }: CopyTarget, l10n: Localise): Promise<string> {
  const path = join(dataset, folder);
  const [root, real] = [await realpath(dataset), await resolved(path)];
  const isInside = (top: string, below: string): boolean =>
    below === top || pathBelow(top, below) !== undefined;
  if (!isInside(join(dataset), path) || !isInside(root, real)) {
    throw new UserError(l10n.t('{0} lies outside of the dataset.', path));
  }
  await mkdir(path, { recursive: true });
  return path;
}

/** Copies one after the other until `signal` says stop; `each` hears how many are done. */
export async function copyImages(
  sources: readonly ImageSource[],
  target: CopyTarget,
  { signal, each, l10n }: { signal: AbortSignal; each: (done: number) => void; l10n: Localise },
): Promise<Copied> {
  let [copied, renamed] = [0, 0];
  try {
    const folder = await targetFolder(target, l10n);
    for (const source of sources) {
      if (signal.aborted) break;
      const name = nameOf(source.name);
      if (name === undefined) continue;
      const number = await placeUnderFreeName(source, folder, name);
      copied += 1;
      if (number > 1) renamed += 1;
      each(copied);
    }
  } catch (error) {
    throw diskError(error, join(target.dataset, target.folder), l10n);
  }
  return { copied, renamed };
}
