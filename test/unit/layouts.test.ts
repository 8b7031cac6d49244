/** The six layouts: detected from names, read to labels, splits, kinds and masks; and labels.csv over them. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { openDataset, resolveLabels } from '../../server/data/dataset.ts';
import type { OpenOptions } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { chooseSegmented } from '../../server/data/segmented.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';

/** Opens a tree and resolves its labels. */
async function open(files: Readonly<Record<string, Content>>, options: OpenOptions = {}) {
  const folder = await writeTree(await temporaryFolder(), files);
  const reader = createImageReader();
  try {
    return await resolveLabels(await openDataset(folder, options), reader);
  } finally {
    await reader.dispose();
  }
}

/** `image: label split kind` of every sample, with `+mask` where there is one. */
const shown = (samples: readonly Sample[]): string[] =>
  samples.map((s) =>
    [`${s.image}:`, s.label, s.split, s.kind, s.mask === undefined ? '' : '+mask']
      .filter((part) => part !== '')
      .join(' '),
  );

describe('layouts', () => {
  test('ksdd: the mask decides; folders go to folds by split.json', async () => {
    const split = { by: 'folder', folds: [{ train: ['kos01'], test: ['kos02'] }] };
    const { layout, samples, folds, findings } = await open({
      'kos01/Part0.jpg': 10,
      'kos01/Part0_label.bmp': 0,
      'kos01/Part1.jpg': 20,
      'kos01/Part1_label.bmp': 255,
      'kos02/Part0.jpg': 30,
      'split.json': JSON.stringify(split),
    });
    expect(layout).toBe('ksdd');
    expect(folds).toBe(1);
    expect(shown(samples)).toEqual([
      'kos01/Part0.jpg: ok train',
      'kos01/Part1.jpg: defective train +mask',
      'kos02/Part0.jpg: unlabelled test',
    ]);
    expect(findings.map(({ kind, files }) => [kind, files[0]])).toEqual([
      ['missing-mask', 'kos02/Part0.jpg'],
    ]);
  });

  test('ksdd without split.json: folders with the same image stay together in every fold', async () => {
    const files: Record<string, Content> = {};
    for (let i = 1; i <= 9; i += 1) {
      files[`kos0${i}/Part0.jpg`] = i === 5 ? 3 : i * 20; // kos05 holds kos03's twin below
      files[`kos0${i}/Part0_label.bmp`] = 0;
    }
    files['kos03/Part0.jpg'] = 3;
    for (const fold of [0, 1, 2]) {
      const { samples, folds } = await open(files, { fold });
      expect(folds).toBe(3);
      const of = (folder: string) => samples.find((s) => s.image.startsWith(folder))?.split;
      expect(of('kos03')).toBe(of('kos05'));
      expect(samples.some((s) => s.split === 'test')).toBe(true);
    }
    await expect(open(files, { fold: 3 })).rejects.toThrow(/no fold 3: .* folds 0 to 2/);
  });

  test('ksdd without split.json: a folder that comes or goes moves no other', async () => {
    const folders = Array.from({ length: 14 }, (_, i) => `kos${30 + i}`);
    const files = (some: readonly string[]): Record<string, Content> =>
      Object.fromEntries(
        some.flatMap((folder, i) => [
          [`${folder}/Part2.png`, i],
          [`${folder}/Part2_label.png`, 0],
        ]),
      );
    const foldsOf = async (some: readonly string[]): Promise<Map<string, number>> => {
      const found = new Map<string, number>();
      for (const fold of [0, 1, 2]) {
        for (const { image, split } of (await open(files(some), { fold })).samples) {
          if (split === 'test') found.set(image, fold);
        }
      }
      return found;
    };
    const before = await foldsOf(folders);
    // Each is tested once.
    expect(before.size).toBe(folders.length);
    expect(new Set(before.values()).size).toBe(3);
    const others = [...folders.slice(1, 6), ...folders.slice(7)];
    for (const [image, fold] of await foldsOf(['kos01', ...others, 'kos99'])) {
      expect(before.get(image) ?? fold, image).toBe(fold);
    }
  });

  test('ksdd2: by folder, masks _GT', async () => {
    const { layout, samples } = await open({
      'train/10000.png': 1,
      'train/10000_GT.png': 255,
      'train/10001.png': 2,
      'train/10001_GT.png': 0,
      'test/20000.png': 3,
      'test/20000_GT.png': 0,
    });
    expect(layout).toBe('ksdd2');
    expect(shown(samples)).toEqual([
      'test/20000.png: ok test',
      'train/10000.png: defective train +mask',
      'train/10001.png: ok train',
    ]);
  });

  test('dagm: one class of several; the label file decides', async () => {
    const files = {
      'Class1/Train/0001.PNG': 1,
      'Class1/Train/0002.PNG': 2,
      'Class1/Train/Label/0002_label.PNG': 255,
      'Class1/Test/0003.PNG': 3,
      'Class10/Train/0001.PNG': 4,
      'Class10/Train/Label/0009_label.PNG': 255,
    };
    const { layout, samples, classes } = await open(files, { class: '1' });
    expect(layout).toBe('dagm');
    expect(classes).toEqual(['1', '10']);
    expect(shown(samples)).toEqual([
      'Class1/Test/0003.PNG: ok test',
      'Class1/Train/0001.PNG: ok train',
      'Class1/Train/0002.PNG: defective train +mask',
    ]);
    const ten = await open(files, { class: '10' });
    expect(ten.findings.map(({ kind }) => kind)).toEqual(['missing-image']);
    await expect(open(files)).rejects.toThrow(/classes 1, 10, one model each/);
    await expect(open(files, { class: '7' })).rejects.toThrow(UserError);
  });

  test('severstal: run lengths of one class, in both forms of the table', async () => {
    const images = { 'train_images/a.jpg': 1, 'train_images/b.jpg': 2, 'train_images/c.jpg': 3 };
    const rows = ['a.jpg,3,1 5 300 2', 'b.jpg,3,2 2', 'b.jpg,4,9 9', 'd.jpg,3,1 1'];
    const newer = `ImageId,ClassId,EncodedPixels\n${rows.join('\n')}\n`;
    const older = `ImageId_ClassId,EncodedPixels\n${rows.join('\n').replace(/jpg,/g, 'jpg_')}\n`;
    for (const table of [newer, older]) {
      const all = await open({ ...images, 'train.csv': table });
      expect(all.layout).toBe('severstal');
      expect(all.samples.map(({ label }) => label)).toEqual(['defective', 'defective', 'ok']);
      expect(all.findings.map(({ kind }) => kind)).toEqual(['missing-image', 'runs-size']);
      const only = await open({ ...images, 'train.csv': table }, { onlyClass: true });
      expect(only.samples.map(({ label }) => label)).toEqual(['defective', 'unlabelled', 'ok']);
      const four = await open({ ...images, 'train.csv': table }, { class: '4' });
      expect(four.samples.map(({ label }) => label)).toEqual(['unlabelled', 'defective', 'ok']);
    }
    const broken = await open({
      ...images,
      'train.csv': 'ImageId,ClassId,EncodedPixels\na.jpg,3,1\nb.jpg,3,409600 2\nc.jpg,9,1 1\n',
    });
    expect(broken.findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'label-row error',
      'label-row error',
      'label-row error',
    ]);
  });

  test('mvtec: about half of each kind trains, drawn by seed', async () => {
    const files: Record<string, Content> = { 'train/good/0.png': 1, 'test/good/0.png': 2 };
    for (let i = 0; i < 40; i += 1) {
      files[`test/bent/${i}.png`] = 10 + i;
      files[`ground_truth/bent/${i}_mask.png`] = 255;
    }
    const { layout, samples } = await open(files);
    expect(layout).toBe('mvtec');
    const bent = samples.filter(({ kind }) => kind === 'bent');
    const trains = bent.filter(({ split }) => split === 'train').length;
    expect(Math.abs(trains - 20)).toBeLessThan(8);
    expect(bent.every(({ mask }) => mask !== undefined)).toBe(true);
    expect(shown((await open(files)).samples)).toEqual(shown(samples));
  });

  test('folders: kinds, masks beside, splits above, and other names', async () => {
    const { layout, samples, findings } = await open({
      'train/ok/a.png': 1,
      'train/defective/scratch/b.png': 2,
      'train/masks/scratch/b.png': 255,
      'val/good/c.png': 3,
      'test/NG/d.jpg': 4,
      'test/masks/e.png': 255,
      'notes.gif': 'GIF89a',
    });
    expect(layout).toBe('folders');
    expect(shown(samples)).toEqual([
      'test/NG/d.jpg: defective test',
      'train/defective/scratch/b.png: defective train scratch +mask',
      'train/ok/a.png: ok train',
      'val/good/c.png: ok val',
    ]);
    expect(findings.map(({ kind, files }) => `${kind} ${files[0] ?? ''}`).sort()).toEqual([
      'format notes.gif',
      'missing-image test/masks/e.png',
    ]);
  });

  test('folders without a split are drawn by seed, about seven tenths for training', async () => {
    const files: Record<string, Content> = {};
    for (let i = 0; i < 120; i += 1) files[i < 60 ? `ok/${i}.png` : `bad/${i}.png`] = i;
    const first = await open(files);
    for (const label of ['ok', 'defective']) {
      const of = first.samples.filter((s) => s.label === label);
      const trains = of.filter((s) => s.split === 'train').length;
      expect(Math.abs(trains - 42)).toBeLessThan(11);
    }
    expect(shown((await open(files)).samples)).toEqual(shown(first.samples));
    expect(shown((await open(files, { seed: 1 })).samples)).not.toEqual(shown(first.samples));
  });

  test('a plain folder of photos opens, all unlabelled', async () => {
    const { samples } = await open({ 'a.png': 1, 'deep/er/b.png': 2 });
    expect(samples.map(({ label }) => label)).toEqual(['unlabelled', 'unlabelled']);
  });
});

describe('labels.csv', () => {
  const images = { 'a.png': 1, 'b.png': 2, 'c.png': 3, 'm/b.png': 255 };

  test('wins over the layout, keeps what its columns do not say', async () => {
    const { samples } = await open({
      'train/ok/a.png': 1,
      'train/defective/dent/b.png': 2,
      'train/masks/dent/b.png': 255,
      'labels.csv':
        'image,label,supervision,split,kind,mask,mine\r\ntrain/ok/a.png,defective,,test,scratch,,1\r\ntrain/defective/dent/b.png,defective,weak,,,,2\r\n',
    });
    expect(shown(samples)).toEqual([
      'train/defective/dent/b.png: defective train dent +mask',
      'train/ok/a.png: defective test scratch',
    ]);
    expect(samples[0]?.weak).toBe(true);
  });

  test('takes quoted names and a mask path; an empty label means unlabelled', async () => {
    const { samples, findings } = await open({
      ...images,
      'with, comma.png': 9,
      'labels.csv':
        '\uFEFFimage,label,mask\n"with, comma.png",ok,\nb.png,defective,m/b.png\na.png,,\nm/b.png,,\n',
    });
    const of = (image: string) => samples.find((s) => s.image === image);
    expect(of('with, comma.png')?.label).toBe('ok');
    expect(of('b.png')?.mask).toEqual({ kind: 'file', path: 'm/b.png' });
    expect(of('a.png')?.label).toBe('unlabelled');
    expect(findings).toEqual([]);
  });

  test.each([
    ['image,label\na.png,maybe\n', /line 2: label is "maybe"/],
    ['image,label\n../a.png,ok\n', /line 2: the path "..\/a.png" leads out/],
    ['image,label\n/etc/passwd,ok\n', /leads out/],
    ['image,label\na.png,ok\na.png,defective\n', /line 3: a.png has a row already/],
    ['name,label\na.png,ok\n', /line 1: the header has no column "image"/],
    ['image,label\n"a.png,ok\n', /labels\.csv, line \d+/],
    ['image,label,mask\na.png,defective,none.png\n', /line 2: the mask none.png is not there/],
  ])('names the line of a broken row (%#)', async (text, says) => {
    const { findings } = await open({ ...images, 'labels.csv': text });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'label-row', severity: 'error' });
    expect(findings[0]?.message).toMatch(says);
  });

  test('a row for an image that is not there is a warning', async () => {
    const { findings } = await open({ ...images, 'labels.csv': 'image,label\nx.png,ok\n' });
    expect(findings).toMatchObject([{ kind: 'missing-image', severity: 'warning' }]);
  });
});

describe('supervision N', () => {
  const positives = Array.from({ length: 9 }, (_, i): Sample => {
    const image = `${i}.png`;
    const mask = { kind: 'file', path: `masks/${image}` } as const;
    return { image, label: 'defective', mask, split: 'train', kind: '', weak: i === 8 };
  });

  test('is nested: the masks of a smaller N are among those of a larger one', () => {
    for (const seed of [0, 1, 2]) {
      let before = new Set<string>();
      for (let n = 0; n <= 8; n += 1) {
        const chosen = chooseSegmented(positives, n, seed);
        expect(chosen.size).toBe(n);
        for (const image of before) expect(chosen.has(image)).toBe(true);
        before = chosen;
      }
    }
  });

  test('differs by seed, leaves weak ones out, and says how many there are', () => {
    expect(chooseSegmented(positives, 4, 0)).not.toEqual(chooseSegmented(positives, 4, 1));
    expect(chooseSegmented(positives, 'all', 0)).not.toContain('8.png');
    expect(() => chooseSegmented(positives, 9, 0)).toThrow(/than there are: 8/);
    expect(chooseSegmented(positives, ['3.png'], 0)).toEqual(new Set(['3.png']));
    expect(() => chooseSegmented(positives, ['8.png'], 0)).toThrow(/names 8.png/);
  });
});

const mvtec = shared('data', 'mvtec');
test.skipIf(mvtec.missing)(`MVTec's transistor, by its category's name${mvtec.note}`, async () => {
  const { samples, layout } = await openDataset(mvtec.path, { class: 'transistor' });
  expect(layout).toBe('mvtec');
  expect(samples).toHaveLength(34);
  expect(samples.filter(({ label }) => label === 'defective')).toHaveLength(16);
  expect(new Set(samples.map(({ kind }) => kind)).size).toBe(5);
});

const severstal = shared('data', 'severstal');
test.skipIf(severstal.missing)(
  `Severstal's run lengths, pixel by pixel${severstal.note}`,
  async () => {
    const reader = createImageReader();
    for (const [name, pixels] of [
      ['1', 8319],
      ['3', 1661],
    ] as const) {
      const { samples, root } = await openDataset(severstal.path, { class: name });
      const positive = samples.filter(({ label }) => label === 'defective');
      expect(positive).toHaveLength(1);
      const mask = positive[0]?.mask;
      if (mask === undefined) throw new Error('no mask');
      const { data } = await reader.mask(root, mask);
      expect(data.reduce((sum, value) => sum + value, 0)).toBe(pixels);
    }
    await reader.dispose();
  },
);
