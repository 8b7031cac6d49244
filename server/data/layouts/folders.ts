/**
 * A user's own folders: `ok/` and `defective/` (or other words for them, at any depth), masks in a folder beside them
 * mirroring names, perhaps below `train/`, `val/`, `test/`. Any other tree of images is all unlabelled.
 */
import { byCount, counted } from '../../../protocol/counted.ts';
import type { Finding, Split } from '../../../protocol/dataset.ts';
import type { FileTree } from '../fileTree.ts';
import { folderOf, isImageName, withoutEnding } from '../fileTree.ts';
import { nearNames } from '../nearNames.ts';
import { mapInPortions } from '../portions.ts';
import {
  foldersOfPath,
  imageOfNamed,
  maskInFolder,
  namedBeside,
  newMaskStem,
  pairedMasks,
} from './folderMasks.ts';
import { isMaskFolder, isNoPhotoFolder, labelOfFolder } from './folderWords.ts';
import { ignoreMaskOf, isSetAside } from './layout.ts';
import type { DraftSample, Layout, LayoutContent } from './layout.ts';

const splitOfFolder: Readonly<Record<string, Split>> = {
  ...{ train: 'train', training: 'train' },
  ...{ val: 'val', valid: 'val', validation: 'val' },
  ...{ test: 'test', testing: 'test' },
};

/** True for the name of a folder whose images are of one split. */
export const isSplitFolder = (name: string): boolean =>
  splitOfFolder[name.toLowerCase()] !== undefined;

interface Place {
  readonly split: Split | undefined;
  readonly label: 'ok' | 'defective' | undefined;
  /** What stands before the folder of the label, or of the split, with a slash at its end, or ''. */
  readonly prefix: string;
  /** Path below that folder. */
  readonly rest: string;
}

/** What the folder of an image says of its place. */
interface FolderFacts extends Omit<Place, 'rest'> {
  /** Characters in front of the image's path below. */
  readonly before: number;
  readonly isNoPhoto: boolean;
  readonly isMask: boolean;
}

function factsOf(folder: string): FolderFacts {
  const folders = folder === '' ? [] : folder.split('/');
  const lengthOf = (count: number): number =>
    folders.slice(0, count).reduce((sum, { length }) => sum + length + 1, 0);
  const split = splitOfFolder[folders[0]?.toLowerCase() ?? ''];
  const depth = folders.findIndex((name) => labelOfFolder(name) !== undefined);
  const label = depth < 0 ? undefined : labelOfFolder(folders[depth] ?? '');
  const before = depth < 0 ? (split === undefined ? 0 : 1) : depth;
  return {
    split,
    label: label === 'ok' || label === 'defective' ? label : undefined,
    prefix: `${folder}/`.slice(0, lengthOf(before)),
    before: lengthOf(depth < 0 ? before : depth + 1),
    isNoPhoto: folders.some(isNoPhotoFolder),
    isMask: folders.some(isMaskFolder),
  };
}

function placeOf(path: string, facts = factsOf(folderOf(path))): Place {
  const { split, label, prefix, before } = facts;
  return { split, label, prefix, rest: path.slice(before) };
}

/** Facts of a folder, found once for the images that follow each other in it. */
function factsInTurn(): (image: string) => FolderFacts {
  let known: { readonly folder: string; readonly facts: FolderFacts } | undefined;
  return (image) => {
    const folder = folderOf(image);
    if (known?.folder !== folder) known = { folder, facts: factsOf(folder) };
    return known.facts;
  };
}

/** `defective/KIND/…`: the first folder below is the kind. */
const kindOf = (rest: string): string => (rest.includes('/') ? (rest.split('/')[0] ?? '') : '');

/** An image beside the folders (labels.csv may call it defective) leaves the mask to one within. */
const isLeftToOther = (tree: FileTree, { prefix, rest, label }: Place): boolean =>
  label === undefined &&
  tree
    .foldersIn(prefix.slice(0, -1))
    .some(
      (name) =>
        labelOfFolder(name) !== undefined &&
        tree.image(`${prefix}${name}/${rest.replace(/\.[^./]*$/, '')}`) !== undefined,
    );

/** The mask of an image by the names alone; undefined without. */
function maskOf(tree: FileTree, image: string, place: Place): string | undefined {
  if (place.label === 'ok' || isLeftToOther(tree, place)) return undefined;
  return maskInFolder(tree, image) ?? namedBeside(tree, image);
}

async function read(tree: FileTree): Promise<LayoutContent> {
  const usedMasks = new Set<string>();
  const masks: string[] = [];
  const paired = pairedMasks(tree);
  const pairs = new Set(paired.values());
  const factsAt = factsInTurn();
  const drafts = await mapInPortions(tree.files, (image): DraftSample | undefined => {
    if (!isImageName(image) || isSetAside(image)) return undefined;
    const facts = factsAt(image);
    if (facts.isNoPhoto) {
      if (facts.isMask) masks.push(image);
      return undefined;
    }
    if (pairs.has(image) || imageOfNamed(tree, image) !== undefined) return undefined;
    const place = placeOf(image, facts);
    const ofPair = place.label === 'ok' ? undefined : paired.get(image);
    const mask = maskOf(tree, image, place) ?? ofPair;
    if (mask !== undefined) usedMasks.add(mask);
    return {
      image,
      label: place.label ?? (ofPair === undefined ? 'unlabelled' : 'unknown'),
      ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
      ...ignoreMaskOf(tree, image),
      split: place.split,
      kind: place.label === 'defective' ? kindOf(place.rest) : '',
    };
  });
  const samples = drafts.filter((sample) => sample !== undefined);
  return {
    samples,
    findings: [...pairFindings(paired), ...unusedMasks(tree, masks, usedMasks, samples)],
    classes: [],
    folds: 0,
  };
}

/** Where an image's mask is or would be, without its ending; undefined among the good ones. */
export function folderMaskStem(tree: FileTree, image: string): string | undefined {
  const place = placeOf(image);
  const isNone = place.label === 'ok' || foldersOfPath(image).some(isNoPhotoFolder);
  if (isNone || isLeftToOther(tree, place)) return undefined;
  const found = maskOf(tree, image, place) ?? pairedMasks(tree).get(image);
  return found?.replace(/\.[^./]*$/, '') ?? newMaskStem(tree, image, place.prefix, place.rest);
}

/** Says once what was taken for masks. */
function pairFindings(paired: ReadonlyMap<string, string>): Finding[] {
  const [first] = paired;
  if (first === undefined) return [];
  const [photo, mask] = first;
  return [
    {
      kind: 'ambiguous',
      severity: 'information',
      files: [photo, mask],
      message: `${counted(paired.size, 'image has', 'images have')} a PNG of the same name beside, as ${photo} has ${mask}: ${byCount(paired.size, 'this is taken for its mask', 'these are taken for their masks')}, ${byCount(paired.size, 'which tells the label', 'which tell the labels')} where no folder does; put photos in two formats into different folders.`,
    },
  ];
}

/**
 * Where an image to which the folders give no mask would have one of its own, without the ending: in `masks/` with
 * its folder, at a place that is no other image's.
 */
export function ownMaskStem(tree: FileTree, image: string): string {
  const name = withoutEnding(image);
  const within = image.includes('/') ? name : `outside/${name}`;
  const isTaken = (rest: string): boolean =>
    tree
      .topFolders()
      .some(
        (folder) =>
          labelOfFolder(folder) !== undefined && tree.image(`${folder}/${rest}`) !== undefined,
      );
  let rest = within;
  for (let number = 2; isTaken(rest); number += 1) rest = `${within}-${number}`;
  return `masks/${rest}`;
}

function unusedMasks(
  tree: FileTree,
  masks: readonly string[],
  used: ReadonlySet<string>,
  samples: readonly DraftSample[],
): Finding[] {
  const unused = masks.filter((mask) => !used.has(mask));
  const nearName = nearNames(samples.map(({ image }) => image));
  const goodFor = new Map(
    unused.length === 0
      ? []
      : samples
          .filter(({ label }) => label === 'ok')
          .map(({ image }) => [maskInFolder(tree, image) ?? '', image]),
  );
  return unused.map((mask) => {
    if (goodFor.has(mask)) {
      return {
        kind: 'ambiguous',
        severity: 'warning',
        files: [mask],
        message: `${mask} is the mask of an image among the good ones; it is not used: move the image or remove the mask.`,
      };
    }
    const near = nearName(mask);
    const there =
      near === undefined
        ? 'add the image or remove the mask'
        : `the nearest name is ${near}: give both the same name, and the mask the same folders below ${maskFolderOf(mask)}`;
    return {
      kind: 'missing-image',
      severity: 'warning',
      files: [mask],
      message: `${mask} is the mask of an image that is not there; ${there}.`,
    };
  });
}

function maskFolderOf(mask: string): string {
  const folders = foldersOfPath(mask);
  return folders.slice(0, folders.findIndex(isMaskFolder) + 1).join('/');
}

export const folders: Layout = {
  name: 'folders',
  hasClasses: false,
  detect: (tree) => tree.files.some(isImageName),
  read,
};
