/** All layouts, and which of them a folder has. A new one is a file here and a line below. */
import type { LayoutName } from '../../../protocol/dataset.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';
import { findingsOf } from '../oddEntries.ts';
import { dagm } from './dagm.ts';
import { folders } from './folders.ts';
import { ksdd } from './ksdd.ts';
import { ksdd2 } from './ksdd2.ts';
import type { Layout } from './layout.ts';
import { mvtec } from './mvtec.ts';
import { severstal } from './severstal.ts';

/** In the order in which they are tried: `folders` accepts every image and comes last. */
const layouts: readonly Layout[] = [ksdd, ksdd2, dagm, severstal, mvtec, folders];

/** The first layout that the names look like; undefined without an image. */
export const layoutOf = (tree: FileTree): LayoutName | undefined =>
  layouts.find((layout) => layout.detect(tree))?.name;

/**
 * The named layout, or the first that the names look like.
 * Throws a UserError if nothing in the folder is recognised.
 */
export function chooseLayout(tree: FileTree, root: string, wanted?: LayoutName): Layout {
  const found = layouts.find((layout) =>
    wanted === undefined ? layout.detect(tree) : layout.name === wanted,
  );
  if (found?.detect(tree) === true) return found;
  if (wanted === undefined || found === undefined) {
    const left = findingsOf(tree.odd).map(({ message }) => ` ${message}`);
    throw new UserError(
      `There are no images in ${root} (PNG, JPEG, TIFF, WebP, BMP); name a folder that holds some.${left.join('')}`,
    );
  }
  throw new UserError(
    `${root} does not look like layout ${wanted}; leave --layout out to have it detected, or name another folder.`,
  );
}
