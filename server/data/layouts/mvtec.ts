/**
 * MVTec AD, one category: `train/good`, `test/good`, `test/KIND/*.png`, `ground_truth/KIND/NAME_mask.png`; and what is
 * arranged like it (mvtecTree.ts). Half of the defective test images train: they are drawn.
 */
import { counted } from '../../../protocol/counted.ts';
import type { Finding } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import { isDrawn, trainShare } from '../drawnSplit.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName } from '../fileTree.ts';
import { labelOfFolder } from './folderWords.ts';
import { ClassWanted, ignoreMaskOf, isSetAside } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';
import {
  categoriesOf,
  folderInPart,
  isMaskIn,
  masksOf,
  newMaskStem,
  partsOf,
} from './mvtecTree.ts';
import type { Part } from './mvtecTree.ts';
import { withVisaKinds } from './visaTable.ts';

/** Share of the defective test images that train. */
const defectiveShare = 0.5;

function categoryPrefix(categories: readonly string[], wanted: string | undefined): string {
  if (categories.includes('')) return '';
  if (wanted !== undefined && categories.includes(wanted)) return `${wanted}/`;
  const [only] = categories;
  if (wanted === undefined && categories.length === 1 && only !== undefined) return `${only}/`;
  if (wanted === undefined) throw new ClassWanted('categories', categories);
  throw new UserError(
    `There is no category ${JSON.stringify(wanted)} here; choose one of ${categories.join(', ')}.`,
  );
}

interface Reading {
  readonly tree: FileTree;
  /** The category's folder, with a slash at its end, or ''. */
  readonly prefix: string;
  readonly seed: number;
  readonly findings: Finding[];
  readonly usedMasks: Set<string>;
}

function missing({ tree, findings }: Reading, part: Part, image: string): void {
  // Without any masks that is no fault of this image; it is said once.
  if (part.masks === undefined) return;
  findings.push({
    kind: 'missing-mask',
    severity: 'information',
    files: [image],
    message: `${image} has no mask ${newMaskStem(tree, part, image)}.png; it counts as defective with its label alone.`,
  });
}

function sampleOf(reading: Reading, part: Part, image: string): DraftSample {
  const { tree, prefix, seed, usedMasks } = reading;
  const folder = folderInPart(part, image);
  const word = labelOfFolder(folder);
  const ignore = ignoreMaskOf(tree, image);
  const isTrained = (share: number): boolean => isDrawn(image.slice(prefix.length), seed, share);
  const split = part.split ?? (isTrained(trainShare) ? 'train' : 'test');
  const plain = { image, ...ignore, split, kind: '' };
  if (!part.isLabelled || folder === '') return { ...plain, label: 'unlabelled' };
  const masks = masksOf(tree, part, image);
  if (word === 'ok') return { ...plain, label: 'ok' };
  for (const mask of masks) usedMasks.add(mask);
  const [path, ...more] = masks;
  if (path === undefined) missing(reading, part, image);
  return {
    ...plain,
    label: 'defective',
    ...(path === undefined
      ? {}
      : { mask: { kind: 'file', path, ...(more.length === 0 ? {} : { more }) } }),
    split: part.split === 'test' && isTrained(defectiveShare) ? 'train' : split,
    kind: word === undefined ? folder : '',
  };
}

/** Masks that belong to no defective image. */
function unusedMasks({ tree, findings, usedMasks }: Reading, parts: readonly Part[]): void {
  const folders = new Set(parts.flatMap(({ masks }) => (masks === undefined ? [] : [masks])));
  for (const folder of folders) {
    for (const mask of tree.under(folder)) {
      if (!isImageName(mask) || usedMasks.has(mask)) continue;
      findings.push({
        kind: 'missing-image',
        severity: 'warning',
        files: [mask],
        message: `${mask} is the mask of no defective image that is there; add the image under the same folder's name and file's name, or remove the mask.`,
      });
    }
  }
}

/** Says once that a whole category has labels alone. */
function withoutMasks({ prefix, findings }: Reading, samples: readonly DraftSample[]): void {
  const count = samples.filter(({ label }) => label === 'defective').length;
  findings.push({
    kind: 'missing-mask',
    severity: 'information',
    files: [],
    message: `This is MVTec's arrangement without masks: ${counted(count, 'defective image counts', 'defective images count')} by label alone; add ${prefix}ground_truth/KIND/NAME_mask.png for those that have some.`,
  });
}

async function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const categories = categoriesOf(tree);
  const prefix = categoryPrefix(categories, options.class);
  const parts = partsOf(tree, prefix) ?? [];
  const reading: Reading = {
    ...{ tree, prefix, seed: options.seed },
    ...{ findings: [], usedMasks: new Set<string>() },
  };
  const listed = parts.flatMap((part) =>
    tree
      .under(part.path.slice(0, -1))
      .filter((path) => isImageName(path) && !isSetAside(path) && !isMaskIn(part, path))
      .map((image) => sampleOf(reading, part, image)),
  );
  const { findings } = reading;
  const samples = await withVisaKinds(options.root, tree, prefix, listed, findings);
  unusedMasks(reading, parts);
  if (parts.every(({ masks }) => masks === undefined)) withoutMasks(reading, samples);
  return { samples, findings, classes: prefix === '' ? [] : categories, folds: 0 };
}

export const mvtec: Layout = {
  name: 'mvtec',
  hasClasses: true,
  detect: (tree) => categoriesOf(tree).length > 0,
  read,
};
