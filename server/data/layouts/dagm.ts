/** DAGM 2007: `ClassK/Train/0576.PNG`, `ClassK/Train/Label/0576_label.PNG` for defective images alone. */
import type { Finding, Split } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName, withoutEnding } from '../fileTree.ts';
import { ClassWanted, ignoreMaskOf } from './layout.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

const splits: readonly (readonly [string, Split])[] = [
  ['Train', 'train'],
  ['Test', 'test'],
];

/** Classes by number: Class2 before Class10. */
function classesOf(tree: FileTree): string[] {
  return tree
    .topFolders()
    .filter((name) => /^Class\d+$/.test(name))
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
  const found = classes.find((name) => name === wanted || name === `Class${wanted}`);
  if (found !== undefined) return found;
  throw new UserError(`There is no class ${JSON.stringify(wanted)} here; choose one of ${names}.`);
}

function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const folder = classFolder(tree, options.class);
  const prefix = folder === '' ? '' : `${folder}/`;
  const samples: DraftSample[] = [];
  const findings: Finding[] = [];
  for (const [name, split] of splits) {
    const start = `${prefix}${name}/`;
    for (const image of tree.under(`${prefix}${name}`)) {
      const rest = image.slice(start.length);
      if (!isImageName(image) || rest.includes('/')) continue;
      const mask = tree.image(`${start}Label/${withoutEnding(rest)}_label`);
      samples.push({
        image,
        label: mask === undefined ? 'ok' : 'defective',
        ...(mask === undefined ? {} : { mask: { kind: 'file', path: mask } }),
        ...ignoreMaskOf(tree, image),
        split,
        kind: '',
      });
    }
    findings.push(...labelsWithoutImage(tree, start));
  }
  const classes = classesOf(tree).map((c) => c.slice(5));
  return Promise.resolve({ samples, findings, classes, folds: 0 });
}

function labelsWithoutImage(tree: FileTree, start: string): Finding[] {
  return tree
    .under(`${start}Label`)
    .filter((file) => /_label\.\w+$/i.test(file) && isImageName(file))
    .flatMap((file): Finding[] => {
      const stem = withoutEnding(file.slice(`${start}Label/`.length)).replace(/_label$/i, '');
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
  detect: (tree) => tree.files.some((file) => /^(Class\d+\/)?(Train|Test)\/Label\//.test(file)),
  read,
};
