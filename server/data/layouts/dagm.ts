/** DAGM 2007: `ClassK/Train/0576.PNG`, `ClassK/Train/Label/0576_label.PNG` for defective images alone. */
import type { Finding, Split } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { ClassWanted, ignoreMaskOf } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

const splits: readonly Split[] = ['train', 'test'];

/** A folder in another (with a slash at its end, or '') by its name in any case; the name itself where there is none. */
function child(tree: FileTree, folder: string, name: string): string {
  const found = tree
    .foldersIn(folder.slice(0, -1))
    .find((one) => one.toLowerCase() === name.toLowerCase());
  return `${folder}${found ?? name}/`;
}

/** The folder with the masks of the images in another, with slashes at their ends. */
export const labelFolder = (tree: FileTree, folder: string): string => child(tree, folder, 'Label');

/** Classes by number: Class2 before Class10. */
function classesOf(tree: FileTree): string[] {
  return tree
    .topFolders()
    .filter((name) => /^class\d+$/i.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
}

/** The folder to read: '' at the folder of one class. Throws a UserError without a choice. */
function classFolder(tree: FileTree, wanted: string | undefined): string {
  const classes = classesOf(tree);
  if (classes.length === 0) return '';
  const names = classes.map((name) => name.slice(5)).join(', ');
  if (wanted === undefined) {
    if (classes.length === 1) return classes[0] as string;
    throw new ClassWanted(
      'classes',
      classes.map((name) => name.slice(5)),
    );
  }
  const found = classes.find((name) => name === wanted || name.slice(5) === wanted);
  if (found !== undefined) return found;
  throw new UserError(`There is no class ${JSON.stringify(wanted)} here; choose one of ${names}.`);
}

function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const folder = classFolder(tree, options.class);
  const prefix = folder === '' ? '' : `${folder}/`;
  const samples: DraftSample[] = [];
  const findings: Finding[] = [];
  for (const split of splits) {
    const start = child(tree, prefix, split === 'train' ? 'Train' : 'Test');
    const masks = labelFolder(tree, start);
    for (const image of tree.under(start.slice(0, -1))) {
      const rest = image.slice(start.length);
      if (!isImageName(image) || rest.includes('/')) continue;
      const mask = tree.image(`${masks}${withoutEnding(rest)}_label`);
      samples.push({
        image,
        label: mask === undefined ? 'ok' : 'defective',
        ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
        ...ignoreMaskOf(tree, image),
        split,
        kind: '',
      });
    }
    findings.push(...labelsWithoutImage(tree, start, masks));
  }
  const classes = classesOf(tree).map((c) => c.slice(5));
  return Promise.resolve({ samples, findings, classes, folds: 0 });
}

function labelsWithoutImage(tree: FileTree, start: string, masks: string): Finding[] {
  return tree
    .under(masks.slice(0, -1))
    .filter((file) => /_label\.\w+$/i.test(file) && isImageName(file))
    .flatMap((file): Finding[] => {
      const stem = withoutEnding(file.slice(masks.length)).replace(/_label$/i, '');
      if (tree.image(start + stem) !== undefined) return [];
      return [
        {
          kind: 'missing-image',
          severity: 'warning',
          files: [file],
          message: `${file} is the mask of an image that is not there; add ${start}${stem}.PNG or remove the mask.`,
        },
      ];
    });
}

export const dagm: Layout = {
  name: 'dagm',
  hasClasses: true,
  size: { imageWidth: 512, imageHeight: 512, channels: 1 },
  detect: (tree) => tree.files.some((file) => /^(Class\d+\/)?(Train|Test)\/Label\//i.test(file)),
  read,
};
