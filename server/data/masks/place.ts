/** Where the mask of an image is or would be written: by its layout, or where labels.csv says. */
import { counted } from '../../../protocol/counted.ts';
import type { LayoutName } from '../../../protocol/dataset.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import type { FileTree } from '../fileTree.ts';
import { labelFolder } from '../layouts/dagm.ts';
import { folderMaskStem, ownMaskStem } from '../layouts/folders.ts';
import { labelOfFolder } from '../layouts/folderWords.ts';
import { folderInPart, goodMaskStem, masksOf, newMaskStem, partOf } from '../layouts/mvtecTree.ts';
import { severstalClass } from '../layouts/severstal.ts';

/** What is written for a mask without a set pixel. */
type WhenEmpty = 'zero-mask' | 'no-file';

export interface FilePlace {
  readonly kind: 'file';
  /** Relative to the dataset folder, with forward slashes. */
  readonly path: string;
  readonly whenEmpty: WhenEmpty;
  /** By labels.csv, which may name any file. */
  readonly isNamed?: true;
  /** The layout gives such an image no mask: this one counts once a row of labels.csv names it. */
  readonly needsRow?: true;
  /** The files that mark its defects together: they are read as one, and never written. */
  readonly parts?: readonly string[];
  /** Why it cannot be written there. */
  readonly fault?: string;
  /** DAGM: the list that follows the mask, and the names of image and mask in it. */
  readonly list?: { readonly path: string; readonly image: string; readonly mask: string };
}

export interface RowsPlace {
  readonly kind: 'rows';
  readonly path: string;
  /** As the table names it. */
  readonly image: string;
  readonly class: string;
}

export type MaskPlace = FilePlace | RowsPlace;

export interface PlaceRequest {
  readonly layout: LayoutName;
  readonly tree: FileTree;
  readonly image: string;
  /** Of the project; absent for the layout's own. */
  readonly class?: string;
  /** What the column `mask` of labels.csv says; wins over the layout. */
  readonly column?: string;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** A file that is there with any ending that can be read, else the layout's own. */
const fileAt = (tree: FileTree, stem: string, ending: string): string =>
  tree.image(stem) ?? stem + ending;

/** Among the good images by its folder, or beside the folders, until a person says otherwise. */
const placeOfGood = (tree: FileTree, stem: string): FilePlace => ({
  ...{ kind: 'file', path: fileAt(tree, stem, '.png'), whenEmpty: 'no-file', needsRow: true },
});

function dagmPlace(tree: FileTree, image: string): MaskPlace {
  const name = nameOf(image);
  const folder = labelFolder(tree, folderOf(image));
  const ending = /\.[a-z]+$/.test(name) ? '.png' : '.PNG';
  const path = fileAt(tree, `${folder}${withoutEnding(name)}_label`, ending);
  const list = {
    path: tree.find(`${folder}Labels.txt`) ?? `${folder}Labels.txt`,
    image: name,
    mask: nameOf(path),
  };
  return { kind: 'file', path, whenEmpty: 'no-file', list };
}

function mvtecPlace(tree: FileTree, image: string): MaskPlace {
  const part = partOf(tree, image);
  if (part === undefined) return placeOfGood(tree, `ground_truth/${withoutEnding(image)}_mask`);
  const stem = newMaskStem(tree, part, image);
  // With the part: train and test have good images of the same names.
  if (labelOfFolder(folderInPart(part, image)) === 'ok') {
    return placeOfGood(tree, goodMaskStem(tree, part, image));
  }
  const [known, ...more] = masksOf(tree, part, image);
  if (more.length === 0) {
    return { kind: 'file', path: known ?? `${stem}.png`, whenEmpty: 'no-file' };
  }
  const folder = stem.slice(0, stem.lastIndexOf('/'));
  const reason = `The defects of ${image} are marked in ${counted(more.length + 1, 'file')} (${folder}), which cannot be edited as one; put them together into one file.`;
  const parts = known === undefined ? more : [known, ...more];
  return { kind: 'file', path: `${stem}.png`, whenEmpty: 'no-file', parts, fault: reason };
}

function foldersPlace(tree: FileTree, image: string): MaskPlace {
  const stem = folderMaskStem(tree, image);
  if (stem === undefined) return placeOfGood(tree, ownMaskStem(tree, image));
  return { kind: 'file', path: fileAt(tree, stem, '.png'), whenEmpty: 'no-file' };
}

function layoutPlace({ layout, tree, image, class: wanted }: PlaceRequest): MaskPlace {
  const beside = (ending: string, format: string): MaskPlace => ({
    kind: 'file',
    path:
      tree.image(withoutEnding(image) + ending.toLowerCase()) ??
      fileAt(tree, withoutEnding(image) + ending, format),
    // Without a mask the label would be unknown.
    whenEmpty: 'zero-mask',
  });
  switch (layout) {
    case 'ksdd':
      return beside('_label', '.bmp');
    case 'ksdd2':
      return beside('_GT', '.png');
    case 'dagm':
      return dagmPlace(tree, image);
    case 'mvtec':
      return mvtecPlace(tree, image);
    case 'severstal':
      return {
        kind: 'rows',
        path: 'train.csv',
        image: image.replace(/^train_images\//, ''),
        class: wanted ?? severstalClass,
      };
    case 'folders':
      return foldersPlace(tree, image);
  }
}

/** Why a place cannot be written to, whatever the disk says; undefined if it can. */
export function placeFault(place: MaskPlace): string | undefined {
  if (place.kind === 'file' && place.fault !== undefined) return place.fault;
  if (place.kind === 'rows' || /\.(png|bmp)$/i.test(place.path)) return undefined;
  const what = isImageName(place.path) ? 'is not changed in its format' : 'is no image';
  return `The mask ${place.path} ${what}; masks are written as PNG or BMP: convert it first.`;
}

/** Why a mask that an import writes there would not count; undefined if it would. */
export function unreadPlace(image: string, place: MaskPlace): string | undefined {
  if (place.kind === 'rows' || place.needsRow !== true) return undefined;
  return `${image} lies among the good images or beside the folders, where an import brings no masks; move it to the defective ones, or paint its mask in the mask editor`;
}

/** The place of the pixels that mark defects. */
export function maskPlace(request: PlaceRequest): MaskPlace {
  const { column, tree } = request;
  if (column === undefined) return layoutPlace(request);
  // A row that names a file wants it to be there.
  return {
    kind: 'file',
    path: tree.find(column) ?? column.replaceAll('\\', '/'),
    whenEmpty: 'zero-mask',
    isNamed: true,
  };
}

/** The place of the pixels that count neither way; the same in all layouts. */
export const ignorePlace = (image: string): FilePlace => ({
  kind: 'file',
  path: `ignore/${image}.png`,
  whenEmpty: 'no-file',
});
