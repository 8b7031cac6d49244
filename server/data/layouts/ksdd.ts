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
import { folderOf, isImageName, withoutEnding } from '../fileTree.ts';
import { placeOf } from '../drawnSplit.ts';
import { missingMask, ignoreMaskOf, isSetAside } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

const defaultFolds = 3;
const maskEnding = '_label';

const splitSchema = z.object({
  by: z.literal('folder'),
  folds: z.array(z.object({ train: z.array(z.string()), test: z.array(z.string()) })).min(1),
});
type FolderFolds = z.infer<typeof splitSchema>['folds'];

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

/** The first folder by name of those that hold byte-identical images, by each of them. Only files of equal size are read. */
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
      else {
        const [one = '', other = ''] = [headOf(folderOf(image)), headOf(first)].sort();
        head.set(other, one);
      }
    }
  }
  return new Map([...new Set(images.map(folderOf))].map((folder) => [folder, headOf(folder)]));
}

/**
 * Without a split file: each folder goes to the test part of the fold that its own name says, so that adding or
 * removing one moves no other; those that share an image go with the first of them.
 */
async function drawnFolds(root: string, images: readonly string[]): Promise<FolderFolds> {
  const joined = await joinedFolders(root, images);
  const folders = [...joined.keys()];
  const foldOf = (folder: string): number => {
    const head = joined.get(folder) ?? folder;
    return Math.floor(placeOf(head.slice(head.lastIndexOf('/') + 1), 0) * defaultFolds);
  };
  return Array.from({ length: defaultFolds }, (_, fold) => ({
    train: folders.filter((folder) => foldOf(folder) !== fold),
    test: folders.filter((folder) => foldOf(folder) === fold),
  }));
}

/** A drawn fold of which one part is empty, as happens with few folders. */
function emptyPart(
  fold: number,
  { train, test }: FolderFolds[number],
  images: readonly string[],
): Finding[] {
  if (train.length > 0 && test.length > 0) return [];
  const what = test.length === 0 ? 'test' : 'train';
  return [
    {
      kind: 'ambiguous',
      severity: 'warning',
      files: images.slice(0, 1),
      message: `Fold ${fold}, drawn by the names of the folders, has none to ${what} with; choose another with --fold, or write split.json.`,
    },
  ];
}

/** Where a folder goes; undefined when the split names it nowhere. */
function splitOf(folder: string, fold: FolderFolds[number]): Split | undefined {
  if (fold.train.includes(folder)) return 'train';
  return fold.test.includes(folder) ? 'test' : undefined;
}

async function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const images = imagesOf(tree);
  const isDrawn = !tree.has('split.json');
  const folds = isDrawn
    ? await drawnFolds(options.root, images)
    : await readSplitFile(options.root);
  const chosen = options.fold ?? 0;
  const fold = folds[chosen];
  if (fold === undefined) {
    throw new UserError(
      `There is no fold ${chosen}: ${options.root} has folds 0 to ${folds.length - 1}.`,
    );
  }
  const samples: DraftSample[] = [];
  const findings: Finding[] = isDrawn ? emptyPart(chosen, fold, images) : [];
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
