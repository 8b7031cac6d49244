/**
 * Which file is the mask of an image in a person's own folders: one in a folder of masks beside the image's folder
 * or above, mirroring its path with or without the folder of the label; or one beside it that has its name.
 */
import type { FileTree } from '../fileTree.ts';
import { endingOf, folderOf, isImageName, withoutEnding } from '../fileTree.ts';
import { isMaskFolder, isNoPhotoFolder, labelOfFolder } from './folderWords.ts';

/** What masks have behind the name of their image. */
const nameEndings = ['', '_mask', '_GT', '_gt', '_label', '_seg'] as const;
/** Folders that hold the photos beside a folder of masks. */
const imageWords = new Set(['images', 'image', 'imgs', 'img', 'photos', 'jpegimages']);

/** The folders of a path, without its file. */
export const foldersOfPath = (path: string): string[] => path.split('/').slice(0, -1);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

interface MaskFolder {
  /** Without a slash at its end. */
  readonly path: string;
  /** The folder that it lies in, with a slash at its end, or ''. */
  readonly beside: string;
  /** Behind the names of images, as its masks are named. */
  readonly endings: readonly string[];
}

/** Images by the folders that they lie in, which all of a folder have in common. */
function imagesByFolder(tree: FileTree): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of tree.files) {
    if (!isImageName(file)) continue;
    const folder = folderOf(file);
    const images = found.get(folder);
    if (images === undefined) found.set(folder, [file]);
    else images.push(file);
  }
  return found;
}

function maskFolders(tree: FileTree): MaskFolder[] {
  const found = new Map<string, Set<string>>();
  for (const [folder, images] of imagesByFolder(tree)) {
    const folders = folder.split('/');
    const depth = folders.findIndex(isMaskFolder);
    if (depth < 0 || folders[0] === 'ignore') continue;
    const path = folders.slice(0, depth + 1).join('/');
    const endings = found.get(path) ?? new Set<string>();
    found.set(path, endings);
    for (const stem of images.map(withoutEnding)) {
      for (const ending of nameEndings) if (stem.endsWith(ending)) endings.add(ending);
    }
  }
  return [...found].map(([path, endings]) => ({
    path,
    beside: path.slice(0, path.length - nameOf(path).length),
    endings: nameEndings.filter((ending) => endings.has(ending)),
  }));
}

const known = new WeakMap<FileTree, readonly MaskFolder[]>();

function foldersOfMasks(tree: FileTree): readonly MaskFolder[] {
  const folders = known.get(tree) ?? maskFolders(tree);
  known.set(tree, folders);
  return folders;
}

/** Ways in which a folder of masks may mirror a path below the folder that both lie in. */
function mirrored(stem: string): string[] {
  const parts = stem.split('/');
  const label = parts.findIndex((part, i) => i < parts.length - 1 && isLabel(part));
  const paths = label < 0 ? [] : [parts.toSpliced(label, 1)];
  paths.push(parts);
  // Images/Anomaly/1 beside Masks/Anomaly/1: without what stands before the label, and with it.
  if (label > 0) paths.push(parts.slice(label), parts.slice(label + 1));
  else if (imageWords.has(parts[0]?.toLowerCase() ?? '') && parts.length > 1)
    paths.push(parts.slice(1));
  return paths.map((path) => path.join('/'));
}

const isLabel = (folder: string): boolean => labelOfFolder(folder) !== undefined;

/** The folders in which the mask of an image may lie, the nearest first. */
const foldersFor = (tree: FileTree, image: string): MaskFolder[] =>
  foldersOfMasks(tree)
    .filter(({ beside }) => image.startsWith(beside))
    .sort((a, b) => b.beside.length - a.beside.length);

/** The mask of an image in a folder of masks; undefined without. */
export function maskInFolder(tree: FileTree, image: string): string | undefined {
  for (const { path, beside, endings } of foldersFor(tree, image)) {
    for (const way of mirrored(withoutEnding(image.slice(beside.length)))) {
      for (const ending of endings) {
        const found = tree.image(`${path}/${way}${ending}`);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

const endingsOf = new WeakMap<FileTree, readonly string[]>();

/** The endings that any image's name has: mostly none, so that no name has to be looked for. */
function endingsIn(tree: FileTree): readonly string[] {
  const known = endingsOf.get(tree);
  if (known !== undefined) return known;
  const stems = tree.files.filter(isImageName).map(withoutEnding);
  const found = nameEndings.filter(
    (ending) => ending !== '' && stems.some((stem) => stem.endsWith(ending)),
  );
  endingsOf.set(tree, found);
  return found;
}

/** The mask beside an image that has its name and says so, such as a_mask.png; undefined without. */
export function namedBeside(tree: FileTree, image: string): string | undefined {
  for (const ending of endingsIn(tree)) {
    const found = tree.image(withoutEnding(image) + ending);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The image that a file beside it is the mask of by its name; undefined for any other file. */
export function imageOfNamed(tree: FileTree, file: string): string | undefined {
  const stem = withoutEnding(file);
  for (const ending of nameEndings) {
    if (ending === '' || !stem.endsWith(ending)) continue;
    const image = tree.image(stem.slice(0, -ending.length));
    if (image !== undefined) return image;
  }
  return undefined;
}

/** Where the mask of an image would be made, without its ending: beside those that are there. */
export function newMaskStem(tree: FileTree, image: string, prefix: string, rest: string): string {
  const [nearest] = foldersFor(tree, image);
  const folder = nearest?.beside === prefix ? nearest.path : `${prefix}masks`;
  const ending =
    nearest?.beside === prefix && !nearest.endings.includes('') ? nearest.endings[0] : '';
  return `${folder}/${withoutEnding(rest)}${ending ?? ''}`;
}

/**
 * Photos and masks side by side under one name, as exp1.jpg and exp1.png: masks by their photos. Only where every
 * PNG of a folder has its JPEG and every JPEG its PNG, so that no photo in two formats is taken for a mask by chance.
 */
export function pairedMasks(tree: FileTree): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [folder, images] of imagesByFolder(tree)) {
    if (folder.split('/').some(isNoPhotoFolder)) continue;
    for (const [photo, mask] of pairsOf(images)) pairs.set(photo, mask);
  }
  return pairs;
}

function pairsOf(files: readonly string[]): [string, string][] {
  const isPng = (file: string): boolean => endingOf(file) === '.png';
  const photos = files.filter((file) => !isPng(file));
  if (photos.length < 2 || files.length !== 2 * photos.length) return [];
  const masks = new Map(files.filter(isPng).map((file) => [withoutEnding(file), file]));
  if (masks.size !== photos.length) return [];
  const pairs = photos.map((photo): [string, string] => [
    photo,
    masks.get(withoutEnding(photo)) ?? '',
  ]);
  return pairs.every(([, mask]) => mask !== '') ? pairs : [];
}
