/** Names as systems and people write them, links, junk, and trees like those of published datasets. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { openDataset } from '../../server/data/dataset.ts';
import type { OpenOptions } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { ClassWanted } from '../../server/data/layouts/layout.ts';
import { imageFiles, imageInputs } from '../../server/runs/imageFiles.ts';
import { cellsOf, set } from '../support/labelTables.ts';
import { plainPng, writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function open(files: Readonly<Record<string, Content>>, options: OpenOptions = {}) {
  return await openDataset(await writeTree(await temporaryFolder(), files), options);
}

/** Without splits that are drawn: `image label kind mask`. */
const shown = (samples: readonly Sample[]): string[] =>
  samples.map(({ image, label, kind, mask }) =>
    [image, label, kind, mask?.kind === 'file' ? [mask.path, ...(mask.more ?? [])].join('+') : '']
      .filter((part) => part !== '')
      .join(' '),
  );

const composed = 'prüfling'.normalize('NFC');
const decomposed = 'prüfling'.normalize('NFD');

describe('names', () => {
  test.each([
    [`bad/${decomposed}.png`, `masks/${composed}.png`],
    [`bad/${composed}.png`, `masks/${decomposed}.PNG`],
    ['bad/a.JpG', 'masks/a.Png'],
    ['bad/a.png', 'masks/a.TiF'],
  ])('%s has the mask %s', async (image, mask) => {
    const { samples, findings } = await open({ [image]: 1, [mask]: 255 });
    expect(shown(samples)).toEqual([`${image} defective ${mask}`]);
    expect(findings).toEqual([]);
  });

  test.each([
    [`x/${decomposed}.png`, `x/${composed}.png`],
    ['x/y/a.JPG', 'x\\y\\a.jpg'],
    ['x/a.png', './x/a.PNG'],
  ])('labels.csv names %s as %s', async (image, written) => {
    const files = { [image]: 1, 'b.png': 2, 'labels.csv': `image,label\n${written},ok\n` };
    const { samples, findings } = await open(files);
    expect(samples.find((sample) => sample.image === image)?.label).toBe('ok');
    expect(findings).toEqual([]);
    // An edit finds the row that is there.
    const changed = set(files['labels.csv'], [image], cellsOf({ label: 'defective' }));
    expect(changed).toBe(`image,label\n${written},defective\n`);
  });

  test('a near miss says what is there', async () => {
    const { findings } = await open({
      'bad/Part1.png': 1,
      'masks/part1.png': 255,
      'labels.csv': 'image,label\nPART1.jpg,ok\n',
    });
    const told = findings.map(({ message }) => message).join('\n');
    expect(told).toMatch(/masks\/part1\.png is the mask .* nearest name is bad\/Part1\.png/);
    expect(told).toMatch(/no image PART1\.jpg, but there is bad\/Part1\.png/);
  });
});

describe('links and junk', () => {
  async function linked(): Promise<{ data: string; store: string }> {
    const top = await temporaryFolder();
    const store = join(top, 'store');
    await writeTree(store, { 'ng/a.png': 1, 'ng/deep/b.png': 2, 'masks/a.png': 255, 'c.png': 3 });
    const data = await writeTree(join(top, 'data'), { 'ok/0.png': 4, '.cache/good/1.png': 5 });
    await symlink('../store/ng', join(data, 'ng'));
    await symlink('../store/masks', join(data, 'masks'));
    await symlink('../../store/c.png', join(data, 'ok', 'c.png'));
    await symlink('.cache/good', join(data, 'good'));
    for (const [name, target] of [
      ['up', '..'],
      ['self', '.'],
      ['again', '../store/ng/deep'],
    ] as const)
      await symlink(target, join(data, name));
    await symlink('../../data', join(store, 'ng', 'back'));
    return { data, store };
  }

  test('are followed for reading, each folder once, and no way leads in circles', async () => {
    const { data } = await linked();
    const { samples, findings } = await openDataset(data);
    expect(shown(samples)).toEqual([
      'again/b.png unlabelled',
      'good/1.png ok',
      'ng/a.png defective masks/a.png',
      'ok/0.png ok',
      'ok/c.png ok',
    ]);
    const left = findings.flatMap(({ files }) => files);
    expect(left.sort()).toEqual(['ng/back', 'ng/deep', 'self', 'up']);
    const mask = samples.find(({ image }) => image === 'ng/a.png')?.mask;
    const reader = createImageReader();
    try {
      if (mask === undefined) throw new Error('no mask');
      expect((await reader.mask(data, mask)).data.includes(1)).toBe(true);
    } finally {
      await reader.dispose();
    }
  });

  test('that lead out are left out and told of where they may not be followed', async () => {
    const { data } = await linked();
    const { samples, findings } = await openDataset(data, { followLinks: false });
    expect(shown(samples)).toEqual(['good/1.png ok', 'ok/0.png ok']);
    const told = findings.filter(({ message }) => message.includes('link out of the dataset'));
    expect(told.map(({ files }) => files)).toEqual([['again', 'masks', 'ng', 'ok/c.png', 'up']]);
    expect(told[0]?.message).toContain('5 entries (again, masks, ng, …): each is a link');
  });

  test('a folder whose images are all left out says why', async () => {
    const top = await writeTree(await temporaryFolder(), {
      'store/1.png': 1,
      'data/notes.txt': '',
    });
    await symlink('../store/1.png', join(top, 'data', 'one.png'));
    await symlink('../store', join(top, 'data', 'all'));
    await expect(openDataset(join(top, 'data'), { followLinks: false })).rejects.toThrow(
      /no images in .* 2 entries \(all, one\.png\): each is a link out/,
    );
    expect((await openDataset(join(top, 'data'))).samples).toHaveLength(2);
  });

  test('a folder and a pattern give predict the same images', async () => {
    const { data } = await linked();
    const found = async (input: string): Promise<string[]> => {
      const files: string[] = [];
      for await (const file of imageFiles(await imageInputs([input], data), data)) files.push(file);
      return files.sort();
    };
    for (const folder of ['ok', 'good']) {
      expect(await found(`${folder}/**/*.png`), folder).toEqual(await found(folder));
    }
    expect(await found('**/*.png')).toContain(join(data, 'ok', 'c.png'));
    expect(await found('ng/*.png')).toEqual([join(data, 'ng', 'a.png')]);
  });

  test('what systems and network drives make is no image', async () => {
    const { samples, findings } = await open({
      'ok/a.png': 1,
      'ok/@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg': 2,
      '__MACOSX/ok/._a.png': 3,
      '.@__thumb/a.png': 4,
      '#recycle/b.png': 5,
      '$RECYCLE.BIN/c.png': 6,
      'ok/Thumbs.db': 'x',
      'ok/.DS_Store': 'x',
    });
    expect(shown(samples)).toEqual(['ok/a.png ok']);
    expect(findings).toEqual([]);
  });
});

describe('words and masks of folders', () => {
  test.each([
    ['OK', 'ok'],
    ['Normal', 'ok'],
    ['pass', 'ok'],
    ['i.O.', 'ok'],
    ['良品', 'ok'],
    ['KO', 'defective'],
    ['NOK', 'defective'],
    ['Abnormal', 'defective'],
    ['anomalous', 'defective'],
    ['Fail', 'defective'],
    ['fehlerhaft', 'defective'],
    ['défaut'.normalize('NFD'), 'defective'],
    ['不良', 'defective'],
    ['okra', 'unlabelled'],
  ])('%s means %s', async (folder, label) => {
    const { samples } = await open({ [`${folder}/a.png`]: 1, 'shots/b.png': 2 });
    expect(samples.map((sample) => sample.label).sort()).toEqual([label, 'unlabelled'].sort());
  });

  test.each(['Masks', 'mask', 'ground_truth', 'GT', 'labels'])('%s holds masks', async (name) => {
    const { samples } = await open({
      'set/ng/a.png': 1,
      'set/ok/b.png': 2,
      [`set/${name}/a.png`]: 255,
    });
    expect(shown(samples)).toEqual([`set/ng/a.png defective set/${name}/a.png`, 'set/ok/b.png ok']);
  });

  test('annotations are neither, and a_mask beside a is its mask', async () => {
    const { samples } = await open({ 'ng/a.png': 1, 'ng/a_mask.png': 255, 'annotations/a.png': 9 });
    expect(shown(samples)).toEqual(['ng/a.png defective ng/a_mask.png']);
  });
});

describe('relatives of MVTec', () => {
  test.each<[string, Readonly<Record<string, Content>>, readonly string[]]>([
    [
      'LOCO',
      {
        'train/good/0.png': 1,
        'validation/good/0.png': 2,
        'test/logical/0.png': 3,
        'ground_truth/logical/0/000.png': 255,
        'ground_truth/logical/0/001.png': 255,
      },
      [
        'test/logical/0.png defective logical ground_truth/logical/0/000.png+ground_truth/logical/0/001.png',
        'train/good/0.png ok',
        'validation/good/0.png ok',
      ],
    ],
    [
      'BTAD',
      { 'train/ok/0.bmp': 1, 'test/ko/0.bmp': 2, 'test/ok/1.bmp': 3, 'ground_truth/ko/0.png': 255 },
      ['test/ko/0.bmp defective ground_truth/ko/0.png', 'test/ok/1.bmp ok', 'train/ok/0.bmp ok'],
    ],
    [
      'AD 2',
      {
        'train/good/0.png': 1,
        'test_public/bad/0.png': 2,
        'test_public/ground_truth/bad/0_mask.png': 255,
        'test_private/0.png': 3,
      },
      [
        'test_private/0.png unlabelled',
        'test_public/bad/0.png defective test_public/ground_truth/bad/0_mask.png',
        'train/good/0.png ok',
      ],
    ],
    [
      'VisA',
      {
        'Data/Images/Normal/0.JPG': 1,
        'Data/Images/Anomaly/0.JPG': 2,
        'Data/Masks/Anomaly/0.png': 1,
      },
      [
        'Data/Images/Anomaly/0.JPG defective Data/Masks/Anomaly/0.png',
        'Data/Images/Normal/0.JPG ok',
      ],
    ],
    [
      'capitals',
      { 'Train/Good/0.png': 1, 'Test/Scratch/0.png': 2, 'Ground_Truth/Scratch/0_mask.png': 255 },
      [
        'Test/Scratch/0.png defective Scratch Ground_Truth/Scratch/0_mask.png',
        'Train/Good/0.png ok',
      ],
    ],
    [
      'without masks',
      { 'train/good/0.png': 1, 'test/good/0.png': 2, 'test/dent/0.png': 3 },
      ['test/dent/0.png defective dent', 'test/good/0.png ok', 'train/good/0.png ok'],
    ],
  ])('%s', async (_, files, expected) => {
    const { samples, layout } = await open(files);
    expect(layout).toBe('mvtec');
    expect(shown(samples)).toEqual(expected);
    const below = Object.fromEntries(Object.entries(files).map(([k, v]) => [`one/${k}`, v]));
    const two = {
      ...below,
      ...Object.fromEntries(Object.entries(files).map(([k, v]) => [`two/${k}`, v])),
    };
    await expect(open(two)).rejects.toThrow(ClassWanted);
    // A category has the splits that it has by itself.
    const one = await open(two, { class: 'one' });
    expect(one.samples.map(({ split }) => split)).toEqual(samples.map(({ split }) => split));
  });

  test('several masks of an image count together', async () => {
    const root = await writeTree(await temporaryFolder(), {
      'a.png': await plainPng(0),
      'b.png': await plainPng(255),
    });
    const reader = createImageReader();
    const { data } = await reader.mask(root, { kind: 'file', path: 'a.png', more: ['b.png'] });
    await reader.dispose();
    expect(data.every((value) => value === 1)).toBe(true);
  });

  test('DAGM in lower case, and what is nearly a known layout', async () => {
    const dagm = await open({ 'class1/train/1.png': 1, 'class1/train/label/1_label.png': 255 });
    expect([dagm.layout, ...shown(dagm.samples)]).toEqual([
      'dagm',
      'class1/train/1.png defective class1/train/label/1_label.png',
    ]);
    for (const [files, says] of [
      [['train_images/a.jpg'], /nearly Severstal.*train\.csv/],
      [['Class1/Train/1.PNG'], /nearly DAGM.*Label/],
      [['kos01/Part0.jpg'], /nearly KolektorSDD.*Part0_label\.bmp/],
      [['test/hole/0.png', 'ground_truth/hole/0_mask.png'], /nearly MVTec.*train\/good/],
    ] as const) {
      const { findings } = await open(Object.fromEntries(files.map((file) => [file, 1])));
      expect(findings.map(({ message }) => message).join('\n')).toMatch(says);
    }
  });
});

test('a drawn split never moves: labelling, adding and removing change no other image', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(500), { minLength: 2, maxLength: 12 }),
      fc.nat(500),
      fc.constantFrom('folders', 'mvtec'),
      async (numbers, other, layout) => {
        const start = layout === 'mvtec' ? 'test/dent/' : 'ng/';
        const fixed = layout === 'mvtec' ? { 'train/good/g.png': '' } : {};
        const tree = (some: readonly number[]): Record<string, Content> => ({
          ...fixed,
          ...Object.fromEntries(some.map((n) => [`${start}${n}.png`, ''])),
        });
        const splits = async (files: Record<string, Content>): Promise<Map<string, string>> =>
          new Map((await open(files)).samples.map(({ image, split }) => [image, split]));
        const before = await splits(tree(numbers));
        const labels = `image,label\n${start}${numbers[0] ?? 0}.png,ok\n`;
        for (const after of [
          await splits(tree([...numbers, other])),
          await splits(tree(numbers.slice(1))),
          await splits({ ...tree(numbers), 'labels.csv': labels }),
        ]) {
          for (const [image, split] of after)
            if (before.has(image)) expect(split).toBe(before.get(image));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('a PNG beside each JPEG is its mask, and said to be', async () => {
  const root = await temporaryFolder();
  const files = Object.fromEntries(
    ['0', '1'].flatMap((n) => [
      [`s/${n}.jpg`, 1],
      [`s/${n}.png`, 255],
    ]),
  );
  const { samples, findings } = await openDataset(await writeTree(root, files));
  expect(shown(samples)).toEqual(['s/0.jpg unknown s/0.png', 's/1.jpg unknown s/1.png']);
  expect(findings[0]?.message).toContain('taken for their masks');
});
