/**
 * A folder of PNG or BMP masks that mirrors the images; `masks/` on the way is left out of the names, and what
 * lies in `ignore/` is of the ignore layer, by the image's whole name. With one of these folders only their files
 * are masks; without, a photo among the files is refused.
 */
import { join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import { endingOf, withoutEnding } from '../../fileTree.ts';
import type { FileTree } from '../../fileTree.ts';
import type { ImageReader } from '../../images/reader.ts';
import type { DrawnLayers, MaskSource, SourceEntry } from './contract.ts';

const isMask = (path: string): boolean => ['.png', '.bmp'].includes(endingOf(path));

const topFolder = /^(masks|ignore)\//;
const innerFolder = /(^|\/)masks\//;

/** Files of a tree that are masks by their folder. */
export function sureMasksOf(tree: FileTree): string[] {
  const masks = tree.files.filter(isMask);
  const atTop = masks.filter((path) => topFolder.test(path));
  return atTop.length > 0 ? atTop : masks.filter((path) => innerFolder.test(path));
}

/** Files of a tree that may be masks: those in folders of masks, else all but images that have theirs beside them. */
export function maskFilesOf(tree: FileTree): string[] {
  const hasMask = (path: string): boolean =>
    ['_mask', '_GT', '_gt', '_label'].some(
      (ending) => tree.image(withoutEnding(path) + ending) !== undefined,
    );
  const sure = sureMasksOf(tree);
  return sure.length > 0 ? sure : tree.files.filter((path) => isMask(path) && !hasMask(path));
}

/** Throws a UserError for what has the pixels of a photo. */
function assertNoPhoto(bits: MaskBits, isPhoto: boolean): void {
  const advice = 'put masks into a folder "masks" beside the one of the images';
  if (bits.count() === bits.width * bits.height) {
    throw new UserError(`every pixel of it is set, as in a photo; ${advice}`);
  }
  if (!isPhoto) return;
  throw new UserError(
    `it has many values between 0 and 255, as a photo has; ${advice}, or save it with 0 and 255 alone`,
  );
}

function entryOf(root: string, path: string, isSure: boolean, reader: ImageReader): SourceEntry {
  const isIgnored = path.startsWith('ignore/');
  const inside = topFolder.test(path)
    ? path.replace(topFolder, '')
    : path.replace(innerFolder, '$1');
  return {
    // The ignore mask of a.jpg is ignore/a.jpg.png.
    reference: isIgnored ? withoutEnding(inside) : inside,
    kind: isIgnored ? 'image' : 'mask',
    place: path,
    layer: isIgnored ? 'ignore' : 'defect',
    file: join(root, path),
    count: () => 1,
    draw: async (size, tell): Promise<DrawnLayers> => {
      const { width, height, bytes, isPhoto, notes } = await reader.maskBits(join(root, path));
      const bits = MaskBits.fromBytes(width, height, bytes);
      // Of another size it is refused for that.
      if (bits.width === size.width && bits.height === size.height) {
        if (!isSure) assertNoPhoto(bits, isPhoto);
        for (const { severity, text } of notes) {
          if (severity === 'warning') tell.note(`it ${text}`);
        }
      }
      return isIgnored ? { ignore: bits } : { defect: bits };
    },
  };
}

/** The source of a folder (absolute) and its names. */
export function maskFolderSource(root: string, tree: FileTree, reader: ImageReader): MaskSource {
  const files = maskFilesOf(tree);
  const isSure = sureMasksOf(tree).length > 0;
  return {
    format: 'png',
    total: files.length,
    async *entries() {
      for (const path of files) yield entryOf(root, path, isSure, reader);
    },
  };
}
