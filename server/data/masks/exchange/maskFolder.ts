/**
 * A folder of PNG or BMP masks that mirrors the images; `masks/` on the way is left out of the names, and what
 * lies in `ignore/` is of the ignore layer, by the image's whole name.
 */
import { join } from 'node:path';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import { endingOf, withoutEnding } from '../../fileTree.ts';
import type { FileTree } from '../../fileTree.ts';
import type { ImageReader } from '../../images/reader.ts';
import type { DrawnLayers, MaskSource, SourceEntry } from './contract.ts';

const isMask = (path: string): boolean => ['.png', '.bmp'].includes(endingOf(path));

/** Files of a tree that may be masks: without images that have theirs beside them. */
export function maskFilesOf(tree: FileTree): string[] {
  const hasMask = (path: string): boolean =>
    ['_mask', '_GT', '_gt', '_label'].some(
      (ending) => tree.image(withoutEnding(path) + ending) !== undefined,
    );
  const isSure = (path: string): boolean => /^(masks|ignore)\//.test(path);
  return tree.files.filter((path) => isMask(path) && (isSure(path) || !hasMask(path)));
}

function entryOf(root: string, path: string, reader: ImageReader): SourceEntry {
  const isIgnored = path.startsWith('ignore/');
  const inside = path.replace(/^(masks|ignore)\//, '');
  return {
    // The ignore mask of a.jpg is ignore/a.jpg.png.
    reference: isIgnored ? withoutEnding(inside) : inside,
    kind: isIgnored ? 'image' : 'mask',
    place: path,
    file: join(root, path),
    draw: async (): Promise<DrawnLayers> => {
      const { width, height, bytes } = await reader.maskBits(join(root, path));
      const bits = MaskBits.fromBytes(width, height, bytes);
      return isIgnored ? { ignore: bits } : { defect: bits };
    },
  };
}

/** The source of a folder (absolute) and its names. */
export function maskFolderSource(root: string, tree: FileTree, reader: ImageReader): MaskSource {
  const files = maskFilesOf(tree);
  return {
    format: 'png',
    total: files.length,
    async *entries() {
      for (const path of files) yield entryOf(root, path, reader);
    },
  };
}
