/** A tree that is nearly one of the published datasets: which one, and what is missing to be read as it. */
import type { Finding } from '../../../protocol/dataset.ts';
import { wordKey } from '../../../protocol/names.ts';
import type { FileTree } from '../fileTree.ts';
import { withoutEnding } from '../fileTree.ts';
import type { DraftSample } from './layout.ts';

/** `dataset` is nearly there; `missing`: what is looked for, and what to do. */
interface Near {
  readonly dataset: string;
  readonly missing: string;
  readonly file: string;
}

const folderNamed = (tree: FileTree, name: string): string | undefined =>
  tree.topFolders().find((folder) => wordKey(folder) === wordKey(name));

function nearSeverstal(tree: FileTree): Near | undefined {
  const dataset = "Severstal's set";
  const folder = folderNamed(tree, 'train_images');
  const table = tree.find('train.csv') ?? tree.files.find((file) => /^train\.csv$/i.test(file));
  if (folder !== undefined && table === undefined) {
    const missing = `there is ${folder}, but no train.csv beside it, which has the masks; put it there`;
    return { dataset, missing, file: folder };
  }
  if (folder !== undefined && table !== undefined) {
    const missing = `train_images and train.csv are looked for, and ${folder} and ${table} are there; rename them`;
    return { dataset, missing, file: table };
  }
  return undefined;
}

function nearMvtec(tree: FileTree): Near | undefined {
  const masks = tree.files.find((file) => /(^|\/)ground_?truth\//i.test(file));
  const isTested = tree.files.some((file) => /(^|\/)test(_public)?\/[^/]+\/[^/]+$/i.test(file));
  if (masks === undefined || !isTested) return undefined;
  const missing =
    'there are test/ and ground_truth/, but no train/good (or train/ok) with good images in the folder that holds them; add it, or open the folder of one category';
  return { dataset: 'MVTec AD', missing, file: masks };
}

function nearDagm(tree: FileTree): Near | undefined {
  const image = tree.files.find((file) => /^class\d+\/(train|test)\/[^/]+$/i.test(file));
  if (image === undefined) return undefined;
  const missing =
    'there are ClassN/Train or ClassN/Test, but no folder Label in any of them, which has the masks NAME_label.PNG; add it';
  return { dataset: 'DAGM 2007', missing, file: image };
}

function nearKsdd(tree: FileTree): Near | undefined {
  const image = tree.files.find((file) => /(^|\/)kos\d+\/Part\d+\.\w+$/i.test(file));
  if (image === undefined) return undefined;
  const missing = `the masks are missing: ${withoutEnding(image)}_label.bmp and its like are looked for beside the images; add them`;
  return { dataset: 'KolektorSDD', missing, file: image };
}

function nearKsdd2(tree: FileTree): Near | undefined {
  const image = tree.files.find((file) => /^(train|test)\/\d{5}\.png$/i.test(file));
  if (image === undefined) return undefined;
  const missing = `the masks are missing: ${withoutEnding(image)}_GT.png and its like are looked for beside the images; add them`;
  return { dataset: 'KolektorSDD2', missing, file: image };
}

const all = [nearSeverstal, nearMvtec, nearDagm, nearKsdd, nearKsdd2];

/** As findings; none where the folders tell labels already, which is an arrangement of its own. */
export function nearLayout(tree: FileTree, samples: readonly DraftSample[]): Finding[] {
  const labelled = samples.filter(({ label }) => label !== 'unlabelled').length;
  const near = all.map((look) => look(tree)).find((found) => found !== undefined);
  if (near === undefined || labelled * 2 > samples.length) return [];
  return [
    {
      kind: 'ambiguous',
      severity: 'warning',
      files: [near.file],
      message: `This is nearly ${near.dataset}: ${near.missing}. It is read as a plain folder of images.`,
    },
  ];
}
