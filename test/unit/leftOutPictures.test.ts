/** Pictures in a dataset folder that are neither photos nor masks are counted and named. */
import { describe, expect, test } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import type { OpenOptions } from '../../server/data/dataset.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function open(files: Readonly<Record<string, Content>>, options: OpenOptions = {}) {
  return await openDataset(await writeTree(await temporaryFolder(), files), options);
}

describe('pictures that are left out are told of', () => {
  const mvtec = {
    'train/good/1.png': 1,
    'test/cut/2.png': 2,
    'ground_truth/cut/2_mask.png': 255,
  };
  test.each<[string, Readonly<Record<string, Content>>, OpenOptions, string | undefined]>([
    [
      'what tools draw',
      { 'ok/1.png': 1, 'Annotations/1.png': 2, 'x/annotation/3.png': 3 },
      {},
      '(2): Annotations (1), x/annotation (1);',
    ],
    [
      'what lies beside the parts',
      { ...mvtec, 'overview.png': 3, 'calibration/a/4.png': 4, 'calibration/a/5.png': 5 },
      {},
      '(3): calibration/a (2), the folder itself (1);',
    ],
    [
      'tests without labels',
      {
        'train_images/a.jpg': 1,
        'train.csv': 'ImageId,ClassId,EncodedPixels\n',
        'test_images/b.jpg': 2,
      },
      {},
      '(1): test_images (1);',
    ],
    [
      'an ignore mask of no image',
      { 'ok/1.png': 1, 'ignore/ok/1.png.png': 9, 'ignore/ok/7.png.png': 9 },
      {},
      '(1): ignore/ok (1);',
    ],
    ['masks of good images', { 'ok/1.png': 1, 'ok/1_mask.png': 0, 'bad/2.png': 3 }, {}, undefined],
    [
      'masks that a row names',
      {
        'p/1.png': 1,
        'annotations/1.png': 9,
        'labels.csv': 'image,label,mask\np/1.png,ok,annotations/1.png\n',
      },
      {},
      undefined,
    ],
    [
      'other classes',
      { 'Class1/Test/1.PNG': 1, 'Class2/Test/2.PNG': 2, 'Class2/Test/Label/2_label.PNG': 9 },
      { class: '2' },
      undefined,
    ],
  ])('%s', async (_, files, options, expected) => {
    const told = (await open(files, options)).findings.filter(({ kind }) => kind === 'left-out');
    expect(told.map(({ message }) => message)).toEqual(
      expected === undefined ? [] : [expect.stringContaining(expected)],
    );
  });
});
