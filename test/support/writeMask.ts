/** writeMask for tests of its files alone: on top of what the place holds, in a dataset without other images. */
import type { MaskBits } from '../../protocol/mask/bits.ts';
import { FileTree } from '../../server/data/fileTree.ts';
import { layerHash } from '../../server/data/masks/openMask.ts';
import type { MaskPlace } from '../../server/data/masks/place.ts';
import * as writer from '../../server/data/masks/writeMask.ts';
import type { FileSystem } from '../../server/files/fileSystem.ts';

const images = { tree: new FileTree([]), has: () => false };

export async function writeMask(
  root: string,
  place: MaskPlace,
  bits: MaskBits,
  fs?: FileSystem,
): Promise<void> {
  const held = await layerHash(root, place);
  await writer.writeMask({ root, place, images, held }, bits, fs);
}
