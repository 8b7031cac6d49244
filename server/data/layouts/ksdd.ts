/** KolektorSDD: `kosNN/PartM.jpg` with `PartM_label.bmp`; three folds over the folders. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Finding, Split } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import { mostBytes, portionsOf } from '../../../common/node/readLimited.ts';
import { parseJson } from '../../files/readJson.ts';
import { readWhole } from '../../files/readWhole.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { missingMask, ignoreMaskOf, isSetAside } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

const defaultFolds = 3;
const maskEnding = '_label';

const splitSchema = z.object({
  by: z.literal('folder'),
  folds: z.array(z.object({ train: z.array(z.string()), test: z.array(z.string()) })).min(1),
});
type FolderFolds = z.infer<typeof splitSchema>['folds'];

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const isMask = (path: string): boolean => withoutEnding(path).endsWith(maskEnding);

function imagesOf(tree: FileTree): string[] {
  return tree.files.filter(
    (file) => isImageName(file) && !isMask(file) && !isSetAside(file) && file.includes('/'),
  );
}

async function readSplitFile(root: string): Promise<FolderFolds> {
  const path = join(root, 'split.json');
  const value = parseJson(await readWhole(path, mostBytes.settings), path);
  const parsed = splitSchema.safeParse(value);
  if (parsed.success) return parsed.data.folds;
  const issue = parsed.error.issues[0];
  throw new UserError(
    `${path} is not a split: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}; expected {"by": "folder", "folds": [{"train": […], "test": […]}]}.`,
  );
}

async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of portionsOf(path, mostBytes.image)) hash.update(chunk);
  return hash.digest('hex');
}

/** Groups of folders that hold byte-identical images, as sets that share none. Only files of equal size are read. */
async function joinedFolders(
  root: string,
  images: readonly string[],
): Promise<Map<string, string>> {
  const bySize = new Map<number, string[]>();
  for (const image of images) {
    const { size } = await stat(join(root, image));
    const same = bySize.get(size);
    if (same === undefined) bySize.set(size, [image]);
    else same.push(image);
  }
  const head = new Map<string, string>();
  const headOf = (folder: string): string => {
    const next = head.get(folder);
    return next === undefined || next === folder ? folder : headOf(next);
  };
  for (const same of bySize.values()) {
    if (same.length < 2) continue;
    const seen = new Map<string, string>();
    for (const image of same) {
      const hash = await contentHash(join(root, image));
      const first = seen.get(hash);
      if (first === undefined) seen.set(hash, folderOf(image));
      else head.set(headOf(folderOf(image)), headOf(first));
    }
  }
  return new Map([...new Set(images.map(folderOf))].map((folder) => [folder, headOf(folder)]));
}

/** Without a split file: folders go round robin to the folds' test parts, joined ones together. */
async function roundRobin(root: string, images: readonly string[]): Promise<FolderFolds> {
  const joined = await joinedFolders(root, images);
  const heads = [...new Set(joined.values())].sort();
  const foldOf = new Map(heads.map((head, i) => [head, i % defaultFolds]));
  return Array.from({ length: defaultFolds }, (_, fold) => {
    const inTest = (folder: string): boolean => foldOf.get(joined.get(folder) ?? '') === fold;
    const folders = [...joined.keys()];
    return { train: folders.filter((f) => !inTest(f)), test: folders.filter(inTest) };
  });
}

/** Where a folder goes; undefined when the split names it nowhere. */
function splitOf(folder: string, fold: FolderFolds[number]): Split | undefined {
  if (fold.train.includes(folder)) return 'train';
  return fold.test.includes(folder) ? 'test' : undefined;
}

async function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const images = imagesOf(tree);
  const folds = tree.has('split.json')
    ? await readSplitFile(options.root)
    : await roundRobin(options.root, images);
  const fold = folds[options.fold ?? 0];
  if (fold === undefined) {
    throw new UserError(
      `There is no fold ${options.fold}: ${options.root} has folds 0 to ${folds.length - 1}.`,
    );
  }
  const samples: DraftSample[] = [];
  const findings: Finding[] = [];
  for (const image of images) {
    const mask = tree.image(withoutEnding(image) + maskEnding);
    if (mask === undefined) {
      findings.push(missingMask(image, `${withoutEnding(image)}${maskEnding}.bmp`));
    }
    const split = splitOf(folderOf(image), fold);
    if (split === undefined) {
      findings.push({
        kind: 'ambiguous',
        severity: 'warning',
        files: [image],
        message: `${image} is in a folder that split.json names neither under train nor under test; it is not trained on.`,
      });
    }
    samples.push({
      image,
      label: mask === undefined || split === undefined ? 'unlabelled' : 'unknown',
      ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
      ...ignoreMaskOf(tree, image),
      split: split ?? 'train',
      kind: '',
    });
  }
  return { samples, findings, classes: [], folds: folds.length };
}

export const ksdd: Layout = {
  name: 'ksdd',
  hasClasses: false,
  size: { imageWidth: 512, imageHeight: 1408, channels: 1 },
  detect: (tree) => tree.files.some((file) => /(^|\/)kos\d+\/Part\d+_label\.\w+$/i.test(file)),
  read,
};
