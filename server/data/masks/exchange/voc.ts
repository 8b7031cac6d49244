/** Pascal VOC's `SegmentationClass/`: a colour a class, black the background, void pixels ignored. */
import { join } from 'node:path';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import { endingOf } from '../../fileTree.ts';
import type { FileTree } from '../../fileTree.ts';
import type { ImageReader } from '../../images/reader.ts';
import type { DrawnLayers, MaskSource, SourceEntry } from './contract.ts';

const folder = /^(.*\/)?SegmentationClass\//;

/** The masks of a tree; those of the tree itself where it is such a folder. */
export function vocFilesOf(tree: FileTree): string[] {
  const masks = tree.files.filter((path) => endingOf(path) === '.png');
  const inside = masks.filter((path) => folder.test(path));
  // Without the folder of masks, what lies beside the photos' one is no mask.
  if (inside.length > 0 || tree.files.some((path) => /(^|\/)JPEGImages\//.test(path)))
    return inside;
  return masks;
}

function entryOf(root: string, path: string, reader: ImageReader): SourceEntry {
  return {
    reference: path.replace(folder, ''),
    kind: 'mask',
    place: path,
    file: join(root, path),
    count: () => 1,
    draw: async (_, tell): Promise<DrawnLayers> => {
      const read = await reader.classBits(join(root, path));
      const { width, height, marked, void: empty } = read;
      const ignore = MaskBits.fromBytes(width, height, empty);
      const defect = MaskBits.fromBytes(width, height, marked);
      if (read.isAmbiguous) {
        tell.note(
          'its palette has another entry of the colour of entry 0, whose pixels are taken for background; give each class a colour of its own',
        );
      }
      if (defect.isEmpty && !ignore.isEmpty) {
        tell.note(
          'it has void pixels alone, which are ignored; give objects another class than 255',
        );
      }
      return ignore.isEmpty ? { defect } : { defect, ignore };
    },
  };
}

/** The source of a folder (absolute) and its names. */
export function vocSource(root: string, tree: FileTree, reader: ImageReader): MaskSource {
  const files = vocFilesOf(tree);
  return {
    format: 'voc',
    total: files.length,
    async *entries() {
      for (const path of files) yield entryOf(root, path, reader);
    },
  };
}
