/** MVTec AD, one category: `train/good`, `test/good`, `test/KIND/*.png`, `ground_truth/KIND/NAME_mask.png`. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Finding, Split } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { shuffled } from '../sampler.ts';
import { ignoreMaskOf } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

const isCategory = (tree: FileTree, prefix: string): boolean =>
  tree.hasFolder(`${prefix}train/good`) && tree.hasFolder(`${prefix}ground_truth`);

const categoriesOf = (tree: FileTree): string[] =>
  tree.topFolders().filter((name) => isCategory(tree, `${name}/`));

function categoryPrefix(tree: FileTree, wanted: string | undefined): string {
  if (isCategory(tree, '')) return '';
  const categories = categoriesOf(tree);
  if (wanted !== undefined && categories.includes(wanted)) return `${wanted}/`;
  const [only] = categories;
  if (wanted === undefined && categories.length === 1 && only !== undefined) return `${only}/`;
  const names = categories.join(', ');
  throw new UserError(
    wanted === undefined
      ? `This folder holds the categories ${names}, one model each; choose one with --class.`
      : `There is no category ${JSON.stringify(wanted)} here; choose one of ${names}.`,
  );
}

function goodSamples(tree: FileTree, prefix: string, split: Split): DraftSample[] {
  return tree
    .under(`${prefix}${split}/good`)
    .filter(isImageName)
    .map((image) => ({ image, label: 'ok', ...ignoreMaskOf(tree, image), split, kind: '' }));
}

/** The defective images of each kind: the first half of a permutation by seed trains. */
function defectiveSamples(
  tree: FileTree,
  prefix: string,
  seed: number,
  findings: Finding[],
): DraftSample[] {
  const start = `${prefix}test/`;
  const byKind = new Map<string, string[]>();
  for (const image of tree.under(`${prefix}test`)) {
    const kind = image.slice(start.length).split('/')[0] ?? '';
    if (!isImageName(image) || kind === 'good' || !image.slice(start.length).includes('/'))
      continue;
    const images = byKind.get(kind);
    if (images === undefined) byKind.set(kind, [image]);
    else images.push(image);
  }
  const random = xoroshiro128plus(seed);
  return [...byKind].flatMap(([kind, images]) => {
    const train = new Set(shuffled(images, random).slice(0, Math.floor(images.length / 2)));
    return images.map((image): DraftSample => {
      const stem = withoutEnding(image.slice(start.length));
      const mask = tree.image(`${prefix}ground_truth/${stem}_mask`);
      if (mask === undefined) {
        findings.push({
          kind: 'missing-mask',
          severity: 'information',
          files: [image],
          message: `${image} has no mask in ground_truth/; it counts as defective with its label alone.`,
        });
      }
      return {
        image,
        label: 'defective',
        ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
        ...ignoreMaskOf(tree, image),
        split: train.has(image) ? 'train' : 'test',
        kind,
      };
    });
  });
}

function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const prefix = categoryPrefix(tree, options.class);
  const findings: Finding[] = [];
  const samples = [
    ...goodSamples(tree, prefix, 'train'),
    ...goodSamples(tree, prefix, 'test'),
    ...defectiveSamples(tree, prefix, options.seed, findings),
  ];
  return Promise.resolve({
    samples,
    findings,
    classes: prefix === '' ? [] : categoriesOf(tree),
    folds: 0,
  });
}

export const mvtec: Layout = {
  name: 'mvtec',
  hasClasses: true,
  detect: (tree) => isCategory(tree, '') || categoriesOf(tree).length > 0,
  read,
};
