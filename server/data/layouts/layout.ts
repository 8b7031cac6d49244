/** What a dataset layout is to the rest: how it is recognised, and how its names become samples. */
import type { Finding, LayoutName, Sample } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';

/** A sample whose split may still be open: layouts without split folders draw it by seed. */
export interface DraftSample extends Omit<Sample, 'split' | 'weak' | 'reviewed'> {
  readonly split: Sample['split'] | undefined;
}

export interface LayoutOptions {
  /** Absolute dataset folder, for layouts that have label files. */
  readonly root: string;
  readonly class?: string;
  readonly onlyClass?: boolean;
  readonly fold?: number;
  readonly seed: number;
}

export interface LayoutContent {
  readonly samples: readonly DraftSample[];
  readonly findings: readonly Finding[];
  /** Classes to choose from; [] for a layout without. */
  readonly classes: readonly string[];
  /** Folds to choose from; 0 for a layout without. */
  readonly folds: number;
}

/** A folder of several classes, one model each, of which none was chosen. */
export class ClassWanted extends UserError {
  readonly classes: readonly string[];

  /** `what`: "classes" or "categories". */
  constructor(what: string, classes: readonly string[]) {
    const names = classes.join(', ');
    super(`This folder holds the ${what} ${names}, one model each; choose one with --class.`);
    this.classes = classes;
  }
}

export interface PixelSize {
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly channels: 1 | 3;
}

export interface Layout {
  readonly name: LayoutName;
  /** Published input size; absent where it is the median image's. */
  readonly size?: PixelSize;
  /** One of several classes is trained for at a time. */
  readonly hasClasses: boolean;
  /** True if the names look like this layout. */
  detect(tree: FileTree): boolean;
  /** Throws a UserError for an unknown class or fold. */
  read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent>;
}

/** The ignore mask of an image, whatever the layout: `ignore/` + its relative path + `.png`. */
export function ignoreMaskOf(tree: FileTree, image: string): { ignore?: string } {
  const path = `ignore/${image}.png`;
  return tree.has(path) ? { ignore: path } : {};
}

/** An image whose label would be in its mask, which is not there. */
export function missingMask(image: string, mask: string): Finding {
  return {
    kind: 'missing-mask',
    severity: 'warning',
    files: [image],
    message: `${image} has no ${mask}, so that its label is not known; add the mask (all zero for a good part) or label it in labels.csv.`,
  };
}

/** Folders that no layout looks for images in. */
export const isSetAside = (path: string): boolean => path.startsWith('ignore/');
