/**
 * A user's own folders: `ok/` and `defective/` (or their usual other names), `masks/` beside them
 * mirroring names, perhaps below `train/`, `val/`, `test/`. Any other tree of images is all unlabelled.
 */
import type { Finding, Label, Split } from '../../../protocol/dataset.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { mapInPortions } from '../portions.ts';
import { ignoreMaskOf, isSetAside } from './layout.ts';
import type { DraftSample, Layout, LayoutContent } from './layout.ts';

const labelOfFolder: Readonly<Record<string, Label>> = {
  ok: 'ok',
  good: 'ok',
  defective: 'defective',
  bad: 'defective',
  ng: 'defective',
};
const splits: readonly Split[] = ['train', 'val', 'test'];

interface Place {
  readonly split: Split | undefined;
  /** With a slash at its end, or ''. */
  readonly prefix: string;
  /** `ok`, `defective`, …, `masks`, as written; '' outside of them. */
  readonly folder: string;
  /** Path below that folder. */
  readonly rest: string;
}

function placeOf(path: string): Place {
  const parts = path.split('/');
  const split = splits.find((name) => name === parts[0]?.toLowerCase() && parts.length > 1);
  const depth = split === undefined ? 0 : 1;
  const prefix = depth === 0 ? '' : `${parts[0]}/`;
  const folder = parts.length > depth + 1 ? (parts[depth] ?? '') : '';
  const known =
    labelOfFolder[folder.toLowerCase()] !== undefined || folder.toLowerCase() === 'masks';
  const rest = parts.slice(known ? depth + 1 : depth).join('/');
  return { split, prefix, folder: known ? folder : '', rest };
}

/** `defective/KIND/…`: the first folder below is the kind. */
const kindOf = (rest: string): string => (rest.includes('/') ? (rest.split('/')[0] ?? '') : '');

async function read(tree: FileTree): Promise<LayoutContent> {
  const usedMasks = new Set<string>();
  const masks: string[] = [];
  const drafts = await mapInPortions(tree.files, (image): DraftSample | undefined => {
    if (!isImageName(image) || isSetAside(image)) return undefined;
    const place = placeOf(image);
    if (place.folder.toLowerCase() === 'masks') {
      masks.push(image);
      return undefined;
    }
    const label = labelOfFolder[place.folder.toLowerCase()] ?? 'unlabelled';
    const stem = maskStem(tree, place);
    const mask = stem === undefined ? undefined : tree.image(stem);
    if (mask !== undefined) usedMasks.add(mask);
    return {
      image,
      label,
      ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
      ...ignoreMaskOf(tree, image),
      split: place.split,
      kind: label === 'defective' ? kindOf(place.rest) : '',
    };
  });
  return {
    samples: drafts.filter((sample) => sample !== undefined),
    findings: unusedMasks(tree, masks, usedMasks),
    classes: [],
    folds: 0,
  };
}

/** Where an image's mask is, without its ending; undefined for one that has none by its place. */
function maskStem(tree: FileTree, { prefix, folder, rest }: Place): string | undefined {
  const label = labelOfFolder[folder.toLowerCase()];
  if (label === 'ok' || folder.toLowerCase() === 'masks') return undefined;
  const stem = withoutEnding(rest);
  // An image beside the folders (labels.csv may call it defective) leaves the mask to one within.
  const isTaken = (name: string): boolean => tree.image(`${prefix}${name}/${stem}`) !== undefined;
  if (label === undefined && Object.keys(labelOfFolder).some(isTaken)) return undefined;
  return `${prefix}masks/${stem}`;
}

/** Where the mask of an image is or would be, without its ending; undefined among the good ones. */
export const folderMaskStem = (tree: FileTree, image: string): string | undefined =>
  maskStem(tree, placeOf(image));

/**
 * Where an image to which the folders give no mask would have one of its own, without the ending: in `masks/` with
 * its folder, at a place that is no other image's.
 */
export function ownMaskStem(tree: FileTree, image: string): string {
  const name = withoutEnding(image);
  const within = image.includes('/') ? name : `outside/${name}`;
  const isTaken = (rest: string): boolean =>
    Object.keys(labelOfFolder).some((folder) => tree.image(`${folder}/${rest}`) !== undefined);
  let rest = within;
  for (let number = 2; isTaken(rest); number += 1) rest = `${within}-${number}`;
  return `masks/${rest}`;
}

function unusedMasks(
  tree: FileTree,
  masks: readonly string[],
  used: ReadonlySet<string>,
): Finding[] {
  return masks
    .filter((mask) => !used.has(mask))
    .map((mask) => {
      const { prefix, rest } = placeOf(mask);
      const good = ['ok', 'good'].some((f) => tree.image(`${prefix}${f}/${withoutEnding(rest)}`));
      return good
        ? {
            kind: 'ambiguous',
            severity: 'warning',
            files: [mask],
            message: `${mask} is the mask of an image among the good ones; it is not used: move the image or remove the mask.`,
          }
        : {
            kind: 'missing-image',
            severity: 'warning',
            files: [mask],
            message: `${mask} is the mask of an image that is not there; add the image or remove the mask.`,
          };
    });
}

export const folders: Layout = {
  name: 'folders',
  hasClasses: false,
  detect: (tree) => tree.files.some(isImageName),
  read,
};
