/**
 * Trees of MVTec AD and its relatives (LOCO, AD 2, MPDD, BTAD, VisA): the parts of a category with their splits, and
 * where the masks of an image are or would be. Names of folders count in any case.
 */
import type { Split } from '../../../protocol/dataset.ts';
import { wordKey } from '../../../protocol/names.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import type { FileTree } from '../fileTree.ts';
import { isMaskFolder, isNoPhotoFolder, labelOfFolder } from './folderWords.ts';

/** A folder of a category whose folders are labels or kinds of defects. */
export interface Part {
  /** With a slash at its end. */
  readonly path: string;
  /** Undefined where it is drawn. */
  readonly split: Split | undefined;
  /** False for images whose labels are kept secret (AD 2's private tests). */
  readonly isLabelled: boolean;
  /** The folder of its masks, without a slash; undefined where there is none. */
  readonly masks: string | undefined;
}

const splitOfPart: Readonly<Record<string, Split>> = {
  train: 'train',
  validation: 'val',
  val: 'val',
  test: 'test',
  testpublic: 'test',
};
const isPrivate = (name: string): boolean => wordKey(name).startsWith('testprivate');

/** A folder in another, by its name in any case; `folder` with a slash at its end, or ''. */
function child(tree: FileTree, folder: string, name: string): string | undefined {
  const wanted = wordKey(name);
  const found = tree.foldersIn(folder.slice(0, -1)).find((one) => wordKey(one) === wanted);
  return found === undefined ? undefined : `${folder}${found}/`;
}

const withoutSlash = (folder: string | undefined): string | undefined => folder?.slice(0, -1);

const foldersOf = (tree: FileTree, folder: string): string[] => tree.foldersIn(folder.slice(0, -1));

/** VisA: Data/Images/Normal, Data/Images/Anomaly, Data/Masks/Anomaly. */
function visaParts(tree: FileTree, prefix: string): Part[] | undefined {
  const data = child(tree, prefix, 'Data');
  const images = data === undefined ? undefined : child(tree, data, 'Images');
  if (data === undefined || images === undefined) return undefined;
  if (!foldersOf(tree, images).some((name) => labelOfFolder(name) !== undefined)) return undefined;
  const masks = withoutSlash(child(tree, data, 'Masks'));
  return [{ path: images, split: undefined, isLabelled: true, masks }];
}

/** Good images alone to train with, and defective ones to test with, all of them without masks. */
function isWithoutMasks(tree: FileTree, prefix: string, parts: readonly Part[]): boolean {
  const ofTrain = parts.filter(({ split }) => split === 'train');
  const ofTest = parts.filter(({ split, isLabelled }) => split === 'test' && isLabelled);
  const folders = (some: readonly Part[]): string[] =>
    some.flatMap(({ path }) => foldersOf(tree, path));
  return (
    ![...foldersOf(tree, prefix), ...folders(parts)].some(isNoPhotoFolder) &&
    folders(ofTrain).every((name) => labelOfFolder(name) === 'ok') &&
    folders(ofTest).some((name) => labelOfFolder(name) !== 'ok')
  );
}

/** The parts of a category; undefined for a folder that is none. `prefix` with a slash at its end, or ''. */
export function partsOf(tree: FileTree, prefix: string): readonly Part[] | undefined {
  const visa = visaParts(tree, prefix);
  if (visa !== undefined) return visa;
  const beside = withoutSlash(child(tree, prefix, 'ground_truth'));
  const parts = foldersOf(tree, prefix).flatMap((name): Part[] => {
    const path = `${prefix}${name}/`;
    const split = splitOfPart[wordKey(name)];
    if (isPrivate(name)) return [{ path, split: 'test', isLabelled: false, masks: undefined }];
    if (split === undefined) return [];
    const masks = withoutSlash(child(tree, path, 'ground_truth')) ?? beside;
    return [{ path, split, isLabelled: true, masks }];
  });
  const train = parts.find(({ split }) => split === 'train');
  if (train === undefined) return undefined;
  if (!foldersOf(tree, train.path).some((name) => labelOfFolder(name) === 'ok')) return undefined;
  const hasMasks = parts.some(({ masks }) => masks !== undefined);
  return hasMasks || isWithoutMasks(tree, prefix, parts) ? parts : undefined;
}

/** Names of the folders at the top that are categories; '' when the folder itself is one. */
export function categoriesOf(tree: FileTree): string[] {
  if (partsOf(tree, '') !== undefined) return [''];
  return tree.topFolders().filter((name) => partsOf(tree, `${name}/`) !== undefined);
}

/** The name of the folder in a part that an image lies in; '' for one that lies in the part itself. */
export function folderInPart({ path }: Part, image: string): string {
  const rest = image.slice(path.length);
  return rest.includes('/') ? (rest.split('/')[0] ?? '') : '';
}

/** The part of an image, in whichever category. */
export function partOf(tree: FileTree, image: string): Part | undefined {
  const prefixes = categoriesOf(tree).map((name) => (name === '' ? '' : `${name}/`));
  const prefix = prefixes.find((one) => image.startsWith(one));
  return prefix === undefined
    ? undefined
    : partsOf(tree, prefix)?.find(({ path }) => image.startsWith(path));
}

/** The files that mark an image's defects: NAME_mask.png, NAME.png, or all in a folder NAME (LOCO). */
export function masksOf(tree: FileTree, { path, masks }: Part, image: string): string[] {
  if (masks === undefined) return [];
  const stem = `${masks}/${withoutEnding(image.slice(path.length))}`;
  const one = tree.image(`${stem}_mask`) ?? tree.image(stem);
  if (one !== undefined) return [one];
  return tree.hasFolder(stem) ? tree.under(stem).filter(isImageName) : [];
}

const startOfName = ({ path }: Part): number => path.lastIndexOf('/', path.length - 2) + 1;

const masksFolder = (part: Part): string =>
  part.masks ?? `${part.path.slice(0, startOfName(part))}ground_truth`;

/** Where a good image would have a mask, without its ending: parts have good images of the same names. */
export function goodMaskStem(tree: FileTree, part: Part, image: string): string {
  const masks = masksFolder(part);
  const name = part.path.slice(startOfName(part), -1);
  return `${masks}/${name}${newMaskStem(tree, part, image).slice(masks.length)}`;
}

/** Where the mask of an image would be, without its ending: as those that are there are named. */
export function newMaskStem(tree: FileTree, part: Part, image: string): string {
  const rest = withoutEnding(image.slice(part.path.length));
  const masks = masksFolder(part);
  const known = tree.hasFolder(masks) ? tree.under(masks).filter(isImageName) : [];
  const isNested = known.some((file) => file.slice(masks.length + 1).split('/').length > 2);
  if (isNested) return `${masks}/${rest}/000`;
  const isPlain = known.length > 0 && !known.some((file) => withoutEnding(file).endsWith('_mask'));
  return `${masks}/${rest}${isPlain ? '' : '_mask'}`;
}

/** True for a file in one of the part's folders of masks. */
export const isMaskIn = ({ path }: Part, image: string): boolean =>
  image.slice(path.length).split('/').slice(0, -1).some(isMaskFolder);
