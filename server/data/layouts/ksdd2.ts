/** KolektorSDD2: `train/10000.png` with `train/10000_GT.png`, and `test/` likewise. */
import type { Finding } from '../../../protocol/dataset.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { missingMask, ignoreMaskOf } from './layout.ts';
import type { DraftSample, Layout, LayoutContent } from './layout.ts';

const maskEnding = '_GT';
const isMask = /_gt$/i;
const splits = ['train', 'val', 'test'] as const;

function read(tree: FileTree): Promise<LayoutContent> {
  const samples: DraftSample[] = [];
  const findings: Finding[] = [];
  for (const split of splits) {
    for (const image of tree.under(split)) {
      if (!isImageName(image) || isMask.test(withoutEnding(image))) continue;
      const stem = withoutEnding(image);
      const mask = tree.image(stem + maskEnding) ?? tree.image(stem + maskEnding.toLowerCase());
      if (mask === undefined) {
        findings.push(missingMask(image, `${withoutEnding(image)}${maskEnding}.png`));
      }
      samples.push({
        image,
        label: mask === undefined ? 'unlabelled' : 'unknown',
        ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
        ...ignoreMaskOf(tree, image),
        split,
        kind: '',
      });
    }
  }
  return Promise.resolve({ samples, findings, classes: [], folds: 0 });
}

export const ksdd2: Layout = {
  name: 'ksdd2',
  hasClasses: false,
  size: { imageWidth: 232, imageHeight: 640, channels: 3 },
  detect: (tree) => tree.files.some((file) => /^(train|test)\/[^/]+_gt\.\w+$/i.test(file)),
  read,
};
