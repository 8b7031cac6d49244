/** Writes a folder of PNG masks that mirrors the images: `masks/<path without ending>.png`, `ignore/<path>.png`. */
import { dirname, join } from 'node:path';
import { makeFolder, writeFileWhole } from '../../../files/atomicWrite.ts';
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import { withoutEnding } from '../../fileTree.ts';
import { pngMask } from '../pngMask.ts';
import type { MaskSink } from './contract.ts';

export const maskFolderSink: MaskSink = {
  format: 'png',
  isFolder: true,
  losesIgnored: false,
  write: async (output, exported) => {
    let files = 0;
    const write = async (name: string, bits: MaskBits): Promise<void> => {
      const file = join(output, name);
      await makeFolder(dirname(file));
      await writeFileWhole(file, pngMask(bits));
      files += 1;
    };
    await makeFolder(output);
    for await (const { sample, defect, ignore } of exported.images()) {
      if (defect !== undefined) {
        // a.png and a.jpg would have one mask: both keep their endings.
        const name = exported.sharesStem(sample.image) ? sample.image : withoutEnding(sample.image);
        await write(`masks/${name}.png`, defect);
      }
      if (ignore?.isEmpty === false) await write(`ignore/${sample.image}.png`, ignore);
    }
    return files;
  },
};
