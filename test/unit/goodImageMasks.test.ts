/** Masks of images that lie among the good ones: their own place, counted once a row of labels.csv names it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { openDataset } from '../../server/data/dataset.ts';
import { readFileTree } from '../../server/data/fileTree.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { openMask } from '../../server/data/masks/openMask.ts';
import { maskPlace } from '../../server/data/masks/place.ts';
import { pngMask } from '../../server/data/masks/pngMask.ts';
import { writeMask } from '../../server/data/masks/writeMask.ts';
import { temporaryFolder } from '../support/temporary.ts';

const reader = createImageReader();
afterAll(() => reader.dispose());

const blank = () => pngMask(new MaskBits(8, 6));
const dot = new MaskBits(8, 6);
dot.fill(2, 3, 5, true);

/** The image among the good ones, another of the same name, and the layout that its folders make. */
const cases = [
  ['folders', 'ok/1.png', 'defective/1.png', ['masks/1.png']],
  ['folders', 'train/good/1.png', 'train/bad/1.png', ['train/masks/1.png']],
  ['folders', 'ok/line a/1.png', 'ok/line b/1.png', ['defective/x.png']],
  ['mvtec', 'train/good/000.png', 'test/good/000.png', ['test/hole/000.png']],
  [
    'mvtec',
    'test/good/000.png',
    'test/hole/000.png',
    ['train/good/1.png', 'ground_truth/hole/000_mask.png'],
  ],
] as const;

async function folderOf(files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), blank());
  }
  return folder;
}

describe.each(cases)('in a dataset of %s, %s', (layout, image, namesake, more) => {
  test('has a place of its own, and counts when a row names it', async () => {
    const root = await folderOf([image, namesake, ...more]);
    const tree = await readFileTree(root);
    const place = maskPlace({ layout, tree, image });
    if (place.kind !== 'file') throw new Error('a file was expected');
    expect(place.needsRow).toBe(true);
    expect(maskPlace({ layout, tree, image: namesake })).not.toMatchObject({ path: place.path });
    const images = { tree, has: (path: string) => path === image || path === namesake };
    const subject = { root, image, place, images };
    const before = await openMask(subject, reader);
    expect(before).toMatchObject({ readOnly: undefined, defect: undefined });
    await writeMask({ ...subject, held: before.held.defect }, dot);

    const row = `${image},defective,mask,${place.path}`;
    await writeFile(join(root, 'labels.csv'), `image,label,supervision,mask\n${row}\n`);
    const { samples, findings } = await openDataset(root, { layout });
    const sample = samples.find((one) => one.image === image);
    expect(sample).toMatchObject({ label: 'defective', weak: false });
    expect(sample?.mask).toEqual({ kind: 'file', path: place.path });
    // The mask is nobody else's, and no photo.
    expect(samples.map((one) => one.image)).not.toContain(place.path);
    expect(findings.filter(({ files }) => files.includes(place.path))).toEqual([]);
    const column = maskPlace({ layout, tree: await readFileTree(root), image, column: place.path });
    const after = await openMask({ ...subject, place: column }, reader);
    expect(after.readOnly).toBeUndefined();
    expect(after.defect?.equals(dot)).toBe(true);
  });
});
