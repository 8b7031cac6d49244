/** A tiny dataset of each layout, for what writes and reads masks. */
import type { LayoutName, Sample } from '../../protocol/dataset.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { openDataset } from '../../server/data/dataset.ts';
import { readFileTree } from '../../server/data/fileTree.ts';
import type { MaskPixels } from '../../server/data/images/messages.ts';
import { maskPlace } from '../../server/data/masks/place.ts';
import type { MaskPlace } from '../../server/data/masks/place.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { bmpFile } from './bmp.ts';
import { writeTree } from './tree.ts';
import type { Content } from './tree.ts';

export interface MaskLayout {
  readonly layout: LayoutName;
  readonly files: Readonly<Record<string, Content>>;
  /** The image whose mask is edited. */
  readonly image: string;
  /** Where its mask has to be. */
  readonly mask: string;
  readonly width: number;
  readonly height: number;
}

const [width, height] = [45, 8];
const grey = await encodeGreyPng(new Uint8Array(width * height).fill(90), width, height);
const zero = await encodeGreyPng(new Uint8Array(width * height), width, height);
const some = await encodeGreyPng(new Uint8Array(width * height).fill(255, 3, 40), width, height);
const zeroBmp = bmpFile({ width, height, value: () => 0 }, 1);
const steel = await encodeGreyPng(new Uint8Array(1600 * 256).fill(90), 1600, 256);
const small = { width, height };
const large = { width: 1600, height: 256 };

export const severstalNewer = [
  'ImageId,ClassId,EncodedPixels',
  'a.png,1,1 3 300 4',
  'a.png,3,5 5',
  'b.png,3,"10 2"',
  'a.png,4,7 7',
  'b.png,2,11 1',
  '',
].join('\r\n');
export const severstalOlder = [
  'ImageId_ClassId,EncodedPixels',
  'a.png_1,1 3',
  'a.png_2,',
  'a.png_3,5 5',
  'a.png_4,',
  'b.png_3, 10 2',
].join('\n');

export const maskLayouts: Readonly<Record<string, MaskLayout>> = {
  ksdd: {
    layout: 'ksdd',
    files: {
      'kos01/Part0.png': grey,
      'kos01/Part0_label.bmp': zeroBmp,
      'kos02/Part0.png': 3,
      'kos02/Part0_label.bmp': zeroBmp,
    },
    ...{ image: 'kos01/Part0.png', mask: 'kos01/Part0_label.bmp', ...small },
  },
  ksdd2: {
    layout: 'ksdd2',
    files: { 'train/1.png': grey, 'test/2.png': grey, 'test/2_GT.png': zero },
    ...{ image: 'train/1.png', mask: 'train/1_GT.png', ...small },
  },
  dagm: {
    layout: 'dagm',
    files: {
      'Class1/Train/0001.PNG': grey,
      'Class1/Train/0002.PNG': grey,
      'Class1/Train/Label/0002_label.PNG': some,
      'Class1/Train/Label/Labels.txt':
        '1\r\n1\t0\t0001.PNG\t0\t0\r\n2\t1\t0002.PNG\t0\t0002_label.PNG\r\n',
    },
    ...{ image: 'Class1/Train/0001.PNG', mask: 'Class1/Train/Label/0001_label.PNG', ...small },
  },
  severstal: {
    layout: 'severstal',
    files: { 'train_images/a.png': steel, 'train_images/b.png': 2, 'train.csv': severstalNewer },
    ...{ image: 'train_images/a.png', mask: 'train.csv', ...large },
  },
  'severstal (older form)': {
    layout: 'severstal',
    files: { 'train_images/a.png': steel, 'train_images/b.png': 2, 'train.csv': severstalOlder },
    ...{ image: 'train_images/a.png', mask: 'train.csv', ...large },
  },
  mvtec: {
    layout: 'mvtec',
    files: {
      'train/good/000.png': 1,
      'test/good/000.png': 2,
      'test/hole/000.png': grey,
      'test/hole/001.png': grey,
      'ground_truth/hole/001_mask.png': some,
    },
    ...{ image: 'test/hole/000.png', mask: 'ground_truth/hole/000_mask.png', ...small },
  },
  folders: {
    layout: 'folders',
    files: { 'ok/a.png': 1, 'defective/dent/b.png': grey, 'ok/c.png': 3 },
    ...{ image: 'defective/dent/b.png', mask: 'masks/dent/b.png', ...small },
  },
};

/** Writes the dataset into a folder. */
export const makeLayout = (folder: string, { files }: MaskLayout): Promise<string> =>
  writeTree(folder, files);

export async function placeOf(
  folder: string,
  { layout, image }: Pick<MaskLayout, 'layout' | 'image'>,
  column?: string,
): Promise<MaskPlace> {
  const tree = await readFileTree(folder);
  return maskPlace({ layout, tree, image, ...(column === undefined ? {} : { column }) });
}

/** What the layout's own reader says of an image. */
export async function sampleOf(
  folder: string,
  { layout, image }: Pick<MaskLayout, 'layout' | 'image'>,
): Promise<Sample | undefined> {
  const { samples } = await openDataset(folder, { layout });
  return samples.find((sample) => sample.image === image);
}

export function bitsOf({ data, width, height }: MaskPixels): MaskBits {
  const bits = new MaskBits(width, height);
  for (let i = 0; i < data.length; i += 1) {
    if (data[i] === 1) bits.fill(Math.floor(i / width), i % width, (i % width) + 1, true);
  }
  return bits;
}

/** A pattern that touches first and last pixels. */
export function pattern({ width, height }: Pick<MaskLayout, 'width' | 'height'>): MaskBits {
  const bits = new MaskBits(width, height);
  bits.fill(0, 0, 3, true);
  bits.fill(2, 30, 40, true);
  bits.fill(height - 1, width - 2, width, true);
  return bits;
}
