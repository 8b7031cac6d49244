/** Edits of shared tables as each of our programs makes them, bundled for processes of a test. */
import { join } from 'node:path';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { Cells } from '../../protocol/labels/labelsEdit.ts';
import { LabelsFiles } from '../../extension/labels/labelsFile.ts';
import { ownFiles } from '../../extension/labels/writeWhole.ts';
import { setLabels } from '../../server/data/labelsWrite.ts';
import { changeSharedFile } from '../../server/files/sharedFile.ts';
import { plainEnglish } from './plainEnglish.ts';
import { writeMask } from './writeMask.ts';

const labelled = (label: string): Cells => new Map([['label', label]]);
const none = () => Promise.resolve(new Map<string, string>());
const labels = new LabelsFiles(ownFiles, plainEnglish);

/** The name of the row that an edit is about. */
export const nameOf = (own: number, i: number): string => `p${own}-${i}.png`;

/** One pixel whose place says whose edit it is. */
export function pixelOf(own: number, i: number): MaskBits {
  const bits = new MaskBits(1600, 256);
  bits.fill(own, i % 1600, (i % 1600) + 1, true);
  return bits;
}

type Edit = (folder: string, own: number, i: number) => Promise<void>;

/** Marks an image in DAGM's list by writing its mask. */
const dagm: Edit = async (folder, own, i) => {
  const stem = `p${own}-${i}`;
  const list = { path: 'Label/Labels.txt', image: `${stem}.PNG`, mask: `${stem}_label.PNG` };
  const path = `Label/${list.mask}`;
  const bits = new MaskBits(3, 2);
  bits.fill(0, 0, 1, true);
  await writeMask(folder, { kind: 'file', path, whenEmpty: 'no-file', list }, bits);
};

export const edits: Readonly<Record<string, Edit>> = {
  /** Even ones as the extension does, odd ones as an import does. */
  labels: async (folder, own, i) => {
    const images = [nameOf(own, i)];
    if (own % 2 === 1) await setLabels(folder, images, labelled('defective'), none);
    else {
      const edit = { images, cells: labelled('ok'), labelsOf: none };
      const done = await labels.edit(join(folder, 'labels.csv'), edit);
      if (done?.unsure !== undefined) throw done.unsure;
    }
  },
  severstal: (folder, own, i) =>
    writeMask(
      folder,
      { kind: 'rows', path: 'train.csv', image: nameOf(own, i), class: '3' },
      pixelOf(own, i),
    ),
  dagm,
  /** Ends as by a power cut, with the lock of labels.csv in hand. */
  killed: async (folder) => {
    await changeSharedFile(join(folder, 'labels.csv'), () => {
      process.kill(process.pid, 'SIGKILL');
      return undefined;
    });
  },
};
