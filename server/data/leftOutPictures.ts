/** Pictures in a dataset folder that are neither photos nor masks of any: said, so that none is missed without a word. */
import type { Finding } from '../../protocol/dataset.ts';
import { folderOf, isImageName } from './fileTree.ts';
import type { FileTree } from './fileTree.ts';
import type { Labelled, LabelledSample } from './labelsCsv.ts';
import { imageOfNamed, pairedMasks } from './layouts/folderMasks.ts';
import type { DraftSample, LayoutContent } from './layouts/layout.ts';

/** Folders that a sentence names. */
const mostFolders = 5;

function* filesOf({ image, mask, ignore }: DraftSample | LabelledSample): Generator<string> {
  yield image;
  if (mask?.kind === 'file') yield* [mask.path, ...(mask.more ?? [])];
  if (ignore !== undefined) yield ignore;
}

/** True for what lies in the folder of a class that was not asked for. */
function isOtherClass(file: string, { classes, samples }: LayoutContent): boolean {
  const [top = ''] = file.split('/');
  const name = top.replace(/^class(?=\d+$)/i, '');
  return classes.includes(name) && samples[0]?.image.startsWith(`${top}/`) === false;
}

/** `findings` are those of the layout and of labels.csv: what one of them names is not told again. */
export function leftOutPictures(
  tree: FileTree,
  content: LayoutContent,
  labelled: Labelled,
  findings: readonly Finding[],
): Finding[] {
  const known = new Set([...labelled.masks, ...findings.flatMap(({ files }) => files)]);
  for (const sample of [...content.samples, ...labelled.samples]) {
    for (const file of filesOf(sample)) known.add(file);
  }
  const left = tree.files.filter(
    (file) => isImageName(file) && !known.has(file) && !isOtherClass(file, content),
  );
  if (left.length === 0) return [];
  // Masks of good images lie beside them.
  const pairs = new Set(pairedMasks(tree).values());
  const folders = new Map<string, string[]>();
  for (const file of left) {
    if (pairs.has(file) || imageOfNamed(tree, file) !== undefined) continue;
    const files = folders.get(folderOf(file));
    if (files === undefined) folders.set(folderOf(file), [file]);
    else files.push(file);
  }
  return folders.size === 0 ? [] : [findingOf(folders)];
}

function findingOf(folders: ReadonlyMap<string, readonly string[]>): Finding {
  const total = [...folders.values()].reduce((sum, { length }) => sum + length, 0);
  const some = [...folders]
    .slice(0, mostFolders)
    .map(([folder, { length }]) => `${folder === '' ? 'the folder itself' : folder} (${length})`);
  const which = `${some.join(', ')}${folders.size > mostFolders ? ', …' : ''}`;
  return {
    kind: 'left-out',
    severity: 'information',
    files: [...folders.values()].flatMap(([first]) => first ?? []),
    message: `Pictures that are neither photos nor masks of any by their folders and names are left out (${total}): ${which}; if some are photos, move them to where this layout has its photos.`,
  };
}
