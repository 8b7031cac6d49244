/**
 * Datasets in folders below the one that was opened: people open a project with its code and papers, and the photos
 * lie in data/. Read from above, their splits, labels and tables would not count; so they are found and offered.
 */
import type { Finding, LayoutName, NestedDataset } from '../../../protocol/dataset.ts';
import { FileTree, byName, folderOf, isImageName } from '../fileTree.ts';
import { labelsFile } from '../labelsCsv.ts';
import { isSplitFolder } from './folders.ts';
import { labelOfFolder } from './folderWords.ts';
import { layoutOf } from './index.ts';

/** More are not looked at: then the folder is an archive of datasets. */
const mostCandidates = 40;

/** What shows that a folder (the first group) may be one of the published layouts. */
const marks = [
  /^(.+?)\/kos\d+\/Part\d+_label\.\w+$/i,
  /^(.+?)\/(?:train|test)\/[^/]+_gt\.\w+$/i,
  /^(.+?)\/(?:class\d+\/)?(?:train|test)\/label\//i,
  /^(.+)\/train\.csv$/i,
  /^(.+?)\/(?:[^/]+\/)?data\/images\/[^/]+\//i,
] as const;

/** Of MVTec's arrangement and of people's own: `train/good`. */
const splitAndLabel =
  /^(.+?)\/(?:train|training|val|valid|validation|test|testing|test_public)\/([^/]+)\/[^/]+/i;

const isLabel = (folder: string): boolean => labelOfFolder(folder) !== undefined;

/** Folders that are datasets if they have a published layout, and those that are in any case. */
interface Candidates {
  readonly published: Set<string>;
  readonly own: Set<string>;
}

/** The only folder with folders for good and for defective images; undefined with none, or several. */
function onlyLabelled(images: readonly string[]): string | undefined {
  const labels = new Map<string, Set<string>>();
  for (const image of images) {
    const parts = image.split('/');
    const depth = parts.findIndex((part, i) => i < parts.length - 1 && isLabel(part));
    if (depth < 0) continue;
    const folder = parts.slice(0, depth).join('/');
    const seen = labels.get(folder) ?? new Set<string>();
    labels.set(folder, seen.add(labelOfFolder(parts[depth] ?? '') ?? ''));
  }
  const both = [...labels].filter(([, seen]) => seen.size > 1).map(([folder]) => folder);
  return both.length === 1 ? both[0] : undefined;
}

function candidatesIn(tree: FileTree): Candidates {
  const [published, own] = [new Set<string>(), new Set<string>()];
  for (const file of tree.files) {
    for (const mark of marks) {
      const [, folder = ''] = mark.exec(file) ?? [];
      published.add(folder);
    }
    if (file.endsWith(`/${labelsFile}`)) own.add(folderOf(file));
    const [, folder = '', word = ''] = splitAndLabel.exec(file) ?? [];
    if (!isLabel(word)) continue;
    own.add(folder);
    // With the other categories beside it.
    published.add(folderOf(folder));
  }
  const images = tree.files.filter(isImageName);
  const labelled = onlyLabelled(images);
  // Read from above it is the same, where nothing else lies beside it.
  if (labelled !== undefined && images.some((image) => !image.startsWith(`${labelled}/`))) {
    own.add(labelled);
  }
  return { published, own };
}

const known = new WeakMap<FileTree, readonly NestedDataset[]>();

function findNested(tree: FileTree): readonly NestedDataset[] {
  const { published, own } = candidatesIn(tree);
  const depthOf = (folder: string): number => folder.split('/').length;
  const folders = [...new Set([...published, ...own])]
    .filter((folder) => folder !== '')
    .sort((a, b) => depthOf(a) - depthOf(b) || byName(a, b));
  const nested: NestedDataset[] = [];
  for (const folder of folders.slice(0, mostCandidates)) {
    if (nested.some((one) => folder.startsWith(`${one.folder}/`))) continue;
    const inside = tree.under(folder).map((file) => file.slice(folder.length + 1));
    const layout = layoutOf(new FileTree(inside));
    if (layout === undefined || (layout === 'folders' && !own.has(folder))) continue;
    nested.push({ folder, layout });
  }
  return nested;
}

/** True for an image whose label or split the names at the top tell. */
function isTold(image: string): boolean {
  const [top = '', next = '', below] = image.split('/');
  return isLabel(top) || (isSplitFolder(top) && below !== undefined && isLabel(next));
}

/** True for a folder that is a dataset itself, whatever lies below. */
function isDataset(tree: FileTree, layout: LayoutName): boolean {
  if (tree.has(labelsFile)) return true;
  // KolektorSDD's folders are known at any depth.
  if (layout === 'ksdd') return tree.topFolders().some((name) => /^kos\d+$/i.test(name));
  return layout !== 'folders' || tree.files.some((file) => isImageName(file) && isTold(file));
}

/** Those below a folder that is none itself, by its names and the layout that they look like. */
export function nestedDatasets(tree: FileTree, layout: LayoutName): readonly NestedDataset[] {
  if (isDataset(tree, layout)) return [];
  const found = known.get(tree) ?? findNested(tree);
  known.set(tree, found);
  return found;
}

/** Folders that a sentence names. */
const mostNamed = 5;

/** They as a finding; none where there are none. */
export function nestedFindings(tree: FileTree, nested: readonly NestedDataset[]): Finding[] {
  const [first] = nested;
  if (first === undefined) return [];
  const names = nested.slice(0, mostNamed).map(({ folder, layout }) => `${folder} (${layout})`);
  const which = `${names.join(', ')}${nested.length > mostNamed ? ', …' : ''}`;
  const what = nested.length === 1 ? 'There is a dataset' : 'There are datasets';
  return [
    {
      kind: 'nested',
      severity: 'warning',
      files: nested.flatMap(({ folder }) => tree.under(folder).find(isImageName) ?? []),
      message: `${what} in ${which} below this folder, and from here its labels, masks and splits are read only in part; open that folder itself, or write "dataset": ${JSON.stringify(first.folder)} into segdec.json here ("." for the whole folder).`,
    },
  ];
}
