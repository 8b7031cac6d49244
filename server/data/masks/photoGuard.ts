/** What a mask is never written over: images of the dataset, by whatever name, and files that are no masks. */
import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errorCode } from '../../files/fileSystem.ts';
import type { FileTree } from '../fileTree.ts';
import { placeInside } from './inside.ts';
import { placeFault } from './place.ts';
import type { FilePlace } from './place.ts';

/** The images of a dataset, and all its files. */
export interface KnownImages {
  readonly has: (path: string) => boolean;
  readonly tree: FileTree;
}

const atOnce = 64;

/** Which image a file on the disk is, by device and number: links and other spellings of a name have the same. */
const identities = new WeakMap<FileTree, Promise<ReadonlyMap<string, string>>>();

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}/${ino}`;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined; // An image that is gone or cannot be reached is nothing that is written over.
  }
}

async function readIdentities(
  root: string,
  { tree, has }: KnownImages,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const images = tree.files.filter((path) => has(path));
  for (let start = 0; start < images.length; start += atOnce) {
    const part = images.slice(start, start + atOnce);
    const known = await Promise.all(part.map((image) => identityOf(join(root, image))));
    known.forEach((identity, i) => {
      if (identity !== undefined) found.set(identity, part[i] ?? '');
    });
  }
  return found;
}

function identitiesOf(root: string, images: KnownImages): Promise<ReadonlyMap<string, string>> {
  let known = identities.get(images.tree);
  if (known === undefined) {
    known = readIdentities(root, images);
    // One that failed is tried again.
    known.catch(() => identities.delete(images.tree));
    identities.set(images.tree, known);
  }
  return known;
}

/** What is at a path, a link as itself; undefined where there is nothing. */
async function entryAt(real: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(real, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The image of the dataset that an entry is, which lies at `path` (relative to the root, links resolved); undefined
 * for any other.
 */
async function imageAt(
  root: string,
  path: string,
  info: BigIntStats | undefined,
  images: KnownImages,
): Promise<string | undefined> {
  if (images.has(path)) return path;
  if (info === undefined) return undefined;
  // A file of its own that is listed under its own name is none of the images.
  if (images.tree.has(path) && info.nlink === 1n && !images.tree.hasLinks) return undefined;
  return (await identitiesOf(root, images)).get(`${info.dev}/${info.ino}`);
}

/** Why a mask is not written to its place, as a sentence; undefined where it may be. Throws as placeInside does. */
export async function targetFault(
  root: string,
  place: FilePlace,
  images: KnownImages,
): Promise<string | undefined> {
  const real = await placeInside(root, place.path);
  const path = relative(await realpath(root), real)
    .split(sep)
    .join('/');
  const info = await entryAt(real);
  const photo = await imageAt(root, path, info, images);
  if (photo !== undefined) {
    const named = photo === place.path ? '' : ` (${photo})`;
    return place.isNamed === true
      ? `labels.csv names ${place.path} as the mask of an image, but that is an image of the dataset itself${named}; correct the column mask.`
      : `The place of the mask, ${place.path}, is an image of the dataset${named}, which is never written over; move one of the two.`;
  }
  if (place.isNamed === true && /^ignore\//i.test(path)) {
    return `labels.csv names ${place.path} as the mask of an image, but ignored pixels lie there; correct the column mask.`;
  }
  // A link of a mask's name to something else.
  const fault = placeFault({ ...place, path });
  if (fault !== undefined) return fault;
  if (info === undefined || info.isFile()) return undefined;
  return `${place.path} is in the place of a mask and is no file; move it away.`;
}

/** Of a file that labels.csv names and that has the pixels of a photo. */
export const looksLikePhoto = (path: string): string =>
  `labels.csv names ${path} as the mask of an image, but it has the pixels of a photo, so it is not written over; correct the column mask, or save it with 0 and 255 alone.`;
