/** Import of masks: which image an entry means, what is there already, labels, dry runs, stopping. */
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import { readLabelsTable, setLabels } from '../../server/data/labelsWrite.ts';
import { Canvas } from '../../server/data/masks/exchange/canvas.ts';
import { ImageNames } from '../../server/data/masks/exchange/imageNames.ts';
import { realFileSystem } from '../../server/files/fileSystem.ts';
import type { FileSystem } from '../../server/files/fileSystem.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import {
  bytesOf,
  grey,
  imagesOf,
  imported,
  layersOf,
  masksOf,
  reader,
  textIfThere,
  writeFileIn,
  writeJson,
} from '../support/maskExchange.ts';
import { makeLayout, maskLayouts } from '../support/maskLayouts.ts';
import type { MaskLayout } from '../support/maskLayouts.ts';
import { bitsWhere, rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const left = bitsWhere(10, 6, (x) => x < 3);
const right = bitsWhere(10, 6, (x) => x > 6);
const both = bitsWhere(10, 6, (x) => x < 3 || x > 6);
const empty = bitsWhere(10, 6, () => false);

describe('which image is meant', () => {
  const names = new ImageNames(['x/a.png', 'y/a.jpg', 'y/b.jpg', 'c_GT.png', 'z/d.png', 'w/d.png']);

  test.each([
    ['x/a.png', 'image', 'x/a.png'],
    ['./x//a.png', 'image', 'x/a.png'],
    ['x\\a.png', 'image', 'x/a.png'],
    ['q/../x/a.png', 'image', 'x/a.png'],
    ['elsewhere/b.jpg', 'image', 'y/b.jpg'],
    ['b.png', 'image', 'y/b.jpg'],
    ['y/a.txt', 'label', 'y/a.jpg'],
    ['y/a.jpg.png', 'mask', 'y/a.jpg'],
    ['y/b_mask.png', 'mask', 'y/b.jpg'],
    ['b_GT.bmp', 'mask', 'y/b.jpg'],
    ['b_gt.png', 'mask', 'y/b.jpg'],
    ['b_label.png', 'mask', 'y/b.jpg'],
    // The whole name goes first.
    ['c_GT.png', 'mask', 'c_GT.png'],
  ] as const)('%s (%s) is %s', (reference, kind, image) => {
    expect(names.match(reference, kind)).toMatchObject({ image });
  });

  test.each([
    ['d.png', 'image', 2],
    ['a', 'mask', 2],
    ['b_mask.txt', 'label', 0],
    ['nothing.png', 'image', 0],
    ['../../etc/passwd', 'image', 0],
    ['', 'image', 0],
  ] as const)('%s (%s) fits %d', (reference, kind, count) => {
    const match = names.match(reference, kind);
    expect('several' in match ? match.several.length : 1).toBe(count);
  });

  test('what fits none or several is told and not guessed', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['defective/a.png', 'a.png', 'b.png']);
    const source = await masksOf({ 'q/a.png': left, 'nothing.png': left });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ entries: 2, unmatched: 2, written: 0 });
    const text = report.findings.shown.map(({ message }) => message).join('\n');
    expect(text).toContain('2 images fit its name (a.png, defective/a.png)');
    expect(text).toContain('nothing.png: no image of the dataset has its name');
  });
});

describe('a folder of masks', () => {
  const image = 'defective/a.png';

  test('both layers, BMP as PNG, with masks/ and ignore/ before the names', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image]);
    const source = await masksOf({
      'masks/defective/a.png': left,
      'ignore/defective/a.png.png': right,
    });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ format: 'png', entries: 2, written: 2, labelled: 0 });
    const { defect, ignore } = await layersOf(folder, image);
    expect(defect.equals(left)).toBe(true);
    expect(ignore.equals(right)).toBe(true);
    expect(await readdir(join(folder, 'masks'))).toEqual(['a.png']);
  });

  test('images that have their masks beside them are no masks', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image]);
    const source = await masksOf({ 'a_GT.png': left });
    await writeFile(join(source, 'a.png'), await grey(10, 6));
    expect(await imported(folder, source)).toMatchObject({ entries: 1, written: 1 });
    expect((await layersOf(folder, image)).defect.equals(left)).toBe(true);
  });

  test('images of the dataset itself are no masks', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image], {
      'masks/a.png': await bytesOf(left),
    });
    const report = await imported(folder, folder, { existing: 'replace' });
    expect(report).toMatchObject({ entries: 1, refused: 0, unchanged: 1 });
    expect((await layersOf(folder, image)).defect.equals(left)).toBe(true);
    const within = await imported(folder, join(folder, 'defective'), { existing: 'replace' });
    expect(within).toMatchObject({ entries: 1, refused: 1 });
    expect(within.findings.shown[0]?.message).toContain('is an image of the dataset and no mask');
    expect((await layersOf(folder, image)).defect.equals(left)).toBe(true);
  });

  test('another size and a broken file are refused, the others go on', async () => {
    const images = ['a', 'b', 'c', 'd'].map((name) => `defective/${name}.png`);
    const folder = await imagesOf(await temporaryFolder(), images);
    const small = bitsWhere(4, 4, () => true);
    const source = await masksOf({ 'a.png': small, 'c.png': left });
    await writeFile(join(source, 'b.png'), 'no picture');
    await writeFile(join(folder, 'defective/d.png'), 'no picture');
    await writeFile(join(source, 'd.png'), await bytesOf(left));
    const report = await imported(folder, source);
    expect(report).toMatchObject({ entries: 4, refused: 3, written: 1 });
    const [a, b, d] = report.findings.shown;
    expect(a?.message).toContain('it has 4x4 pixels and defective/a.png 10x6');
    expect(b?.image).toBe('defective/b.png');
    expect(d?.image).toBe('defective/d.png');
    expect((await layersOf(folder, 'defective/c.png')).defect.equals(left)).toBe(true);
  });

  test('an image that is good by its folder has no place for a mask', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['ok/a.png', 'defective/b.png']);
    const source = await masksOf({ 'masks/ok/a.png': left, 'ignore/ok/a.png.png': right });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ refused: 1, written: 1 });
    expect(report.findings.shown[0]?.message).toContain('lies among the good images');
    expect((await layersOf(folder, 'ok/a.png')).ignore.equals(right)).toBe(true);
  });
});

describe('a mask that is there already', () => {
  const image = 'defective/a.png';
  const prepared = async (): Promise<string> =>
    await imagesOf(await temporaryFolder(), [image], { 'masks/a.png': await bytesOf(left) });

  test.each([
    ['keep', left, { kept: 1, written: 0 }],
    ['replace', right, { kept: 0, written: 1 }],
    ['add', both, { kept: 0, written: 1 }],
  ] as const)('%s', async (existing, wanted, counts) => {
    const folder = await prepared();
    const report = await imported(folder, await masksOf({ 'a.png': right }), { existing });
    expect(report).toMatchObject(counts);
    expect((await layersOf(folder, image)).defect.equals(wanted)).toBe(true);
  });

  test('keeps its bytes where nothing changes, and is cleared by replacing', async () => {
    const folder = await prepared();
    const before = await readFile(join(folder, 'masks/a.png'));
    const same = await imported(folder, await masksOf({ 'a.png': left }), { existing: 'add' });
    expect(same).toMatchObject({ unchanged: 1, written: 0 });
    expect(await readFile(join(folder, 'masks/a.png'))).toEqual(before);
    const none = await masksOf({ 'a.png': empty });
    expect(await imported(folder, none, { existing: 'keep' })).toMatchObject({ kept: 1 });
    expect(await imported(folder, none, { existing: 'replace' })).toMatchObject({ written: 1 });
    expect(await readdir(join(folder, 'masks'))).toEqual([]);
  });

  test('in a place that leads out of the dataset is refused', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image]);
    const outside = await temporaryFolder();
    await symlink(outside, join(folder, 'masks'));
    const report = await imported(folder, await masksOf({ 'a.png': left }));
    expect(report).toMatchObject({ refused: 1, written: 0 });
    expect(report.findings.shown[0]?.message).toContain('leads out of');
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('layouts', () => {
  const cases = Object.entries(maskLayouts).filter(([name]) => name !== 'folders');

  test.each(cases)('%s: the mask has its own place and format', async (_, layout: MaskLayout) => {
    const folder = await makeLayout(await temporaryFolder(), layout);
    const { width, height } = layout;
    const bits = bitsWhere(width, height, (x, y) => x < 5 && y > 2);
    const path = `masks/${layout.image.replace(/\.\w+$/, '')}.png`;
    const source = await masksOf({ [path]: bits });
    const report = await imported(folder, source, { existing: 'replace' });
    expect(report).toMatchObject({ written: 1, refused: 0, labelled: 0 });
    expect((await layersOf(folder, layout.image)).defect.equals(bits)).toBe(true);
    const { samples } = await openDataset(folder);
    const sample = samples.find(({ image }) => image === layout.image);
    expect(['defective', 'unknown']).toContain(sample?.label);
    expect(sample?.mask).toBeDefined();
  });

  test('ksdd2: a mask without a pixel says that the image is good', async () => {
    const layout = maskLayouts['ksdd2'] as MaskLayout;
    const folder = await makeLayout(await temporaryFolder(), layout);
    const none = bitsWhere(layout.width, layout.height, () => false);
    const report = await imported(folder, await masksOf({ 'train/1_GT.png': none }));
    expect(report).toMatchObject({ written: 1, labelled: 0 });
    const { samples } = await openDataset(folder);
    expect(samples.find(({ image }) => image === layout.image)?.label).toBe('unknown');
  });
});

describe('labels', () => {
  test('an image that would not count gets its row; all other rows keep their bytes', async () => {
    const labels =
      'image,note,label,supervision\r\nb.png,"a, b",ok,\r\nunknown.png,,defective,weak\r\n';
    const folder = await imagesOf(
      await temporaryFolder(),
      ['a.png', 'b.png', 'c.png', 'defective/d.png'],
      { 'labels.csv': labels },
    );
    const source = await masksOf({ 'a.png': left, 'b.png': left, 'c.png': empty, 'd.png': left });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ written: 3, unchanged: 1, labelled: 2 });
    expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toBe(
      'image,note,label,supervision\r\nb.png,"a, b",defective,mask\r\nunknown.png,,defective,weak\r\na.png,,defective,mask\r\n',
    );
    const { samples } = await openDataset(folder);
    const usable = samples.filter(
      ({ label, mask, weak }) => label === 'defective' && mask && !weak,
    );
    expect(usable.map(({ image }) => image)).toEqual(['a.png', 'b.png', 'defective/d.png']);
  });

  test('a new column label repeats the labels of the other rows', async () => {
    const folder = await imagesOf(
      await temporaryFolder(),
      ['a.png', 'ok/b.png', 'defective/c.png'],
      {
        'labels.csv': 'image,kind\nok/b.png,x\ndefective/c.png,y\n',
      },
    );
    await imported(folder, await masksOf({ 'a.png': left }));
    expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toBe(
      'image,kind,label,supervision\nok/b.png,x,ok,\ndefective/c.png,y,defective,\na.png,,defective,mask\n',
    );
  });

  test('a labels.csv that cannot be changed is said before anything is written', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['a.png'], {
      'labels.csv': 'image,label\na.png\n',
    });
    const source = await masksOf({ 'a.png': left });
    await expect(imported(folder, source)).rejects.toThrow('line 2: 1 cell,');
    expect(await readdir(folder)).toEqual(['a.png', 'labels.csv']);
    await rm(join(folder, 'labels.csv'));
    expect(await imported(folder, source)).toMatchObject({ labelled: 1 });
  });

  test('labels are old or new, whatever operation of the disk fails', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['a.png'], {
      'labels.csv': 'image,label\na.png,ok\n',
    });
    const file = join(folder, 'labels.csv');
    const cells = new Map([['label', 'defective']] as const);
    const edit = (fs: FileSystem): Promise<void> =>
      setLabels(folder, ['a.png'], cells, () => Promise.resolve(new Map()), fs);
    await untilItSucceeds('EIO', edit, async (error) => {
      expect((error as Error).name).toBe('UserError');
      const text = await textIfThere(file);
      expect(['image,label\na.png,ok\n', 'image,label\na.png,defective\n']).toContain(text);
      await writeFile(file, 'image,label\na.png,ok\n');
    });
    expect(await textIfThere(file)).toContain('defective');
    expect((await readdir(folder)).sort()).toEqual(['a.png', 'labels.csv']);
    expect((await readLabelsTable(folder))?.rowOf.size).toBe(1);
  });

  test('a row that another program writes meanwhile stays', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['a.png'], {
      'labels.csv': 'image,label\n',
    });
    const file = join(folder, 'labels.csv');
    let writes = 0;
    const fs = {
      ...realFileSystem,
      create: async (path: string, mode?: number) => {
        if (writes === 0) await writeFile(file, 'image,label\nother.png,ok\n');
        writes += 1;
        return await realFileSystem.create(path, mode);
      },
    };
    const cells = new Map([['label', 'defective']] as const);
    await setLabels(folder, ['a.png'], cells, () => Promise.resolve(new Map()), fs);
    expect(await textIfThere(file)).toBe('image,label\nother.png,ok\na.png,defective\n');
    expect(writes).toBe(2);
  });
});

describe('a dry run', () => {
  test('reports the same and writes nothing', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['a.png', 'defective/b.png'], {
      'masks/b.png': await bytesOf(left),
    });
    const source = await masksOf({ 'a.png': left, 'b.png': right });
    const before = (await readdir(folder, { recursive: true })).sort();
    const dry = await imported(folder, source, { dryRun: true, existing: 'add' });
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
    expect((await layersOf(folder, 'defective/b.png')).defect.equals(left)).toBe(true);
    const wet = await imported(folder, source, { existing: 'add' });
    expect({ ...dry, dryRun: false }).toEqual(wet);
    expect(wet).toMatchObject({ written: 2, labelled: 1 });
  });
});

describe('stopping', () => {
  test('leaves whole masks, and labels of those that were written', async () => {
    const images = Array.from({ length: 9 }, (_, i) => `${i}.png`);
    const folder = await imagesOf(await temporaryFolder(), images);
    const source = await masksOf(Object.fromEntries(images.map((image) => [image, left])));
    const stop = new AbortController();
    const done: number[] = [];
    const importing = imported(folder, source, {
      signal: stop.signal,
      onProgress: (count, total) => {
        done.push(count);
        expect(total).toBe(9);
        if (count === 4) stop.abort();
      },
    });
    await expect(importing).rejects.toThrow(
      'Stopped: the masks of 4 images were imported, and 4 of these labelled.',
    );
    expect(done).toEqual([1, 2, 3, 4]);
    expect((await readdir(join(folder, 'masks'))).sort()).toEqual(images.slice(0, 4));
    for (const image of images.slice(0, 4)) {
      expect(rowsOf((await layersOf(folder, image)).defect)).toEqual(rowsOf(left));
    }
    const labels = (await readFile(join(folder, 'labels.csv'), 'utf8')).trim().split('\n');
    expect(labels).toHaveLength(5);
  });

  test('a source that breaks off says what came before, and that is labelled', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['a.png', 'b.png']);
    const image = (name: string): string =>
      `<image id="0" name="${name}" width="10" height="6"><box label="x" xtl="0" ytl="0" xbr="3" ybr="6"/></image>`;
    const source = await writeFileIn(
      await temporaryFolder(),
      'a.xml',
      `<annotations>${image('a.png')}${' '.repeat(200_000)}${image('b.png').slice(0, 30)}`,
    );
    await expect(imported(folder, source)).rejects.toThrow(
      'The masks of 1 image before were imported.',
    );
    expect((await layersOf(folder, 'a.png')).defect.equals(left)).toBe(true);
    expect(await textIfThere(join(folder, 'labels.csv'))).toContain('a.png,defective,mask');
  });
});

test('findings are capped, and all are counted', async () => {
  const folder = await imagesOf(await temporaryFolder(), ['a.png']);
  const images = Array.from({ length: 1500 }, (_, id) => ({ id, file_name: `${id}.jpg` }));
  const source = await writeJson(await temporaryFolder(), 'a.json', { images, annotations: [] });
  const { findings, unmatched } = await imported(folder, source);
  expect(unmatched).toBe(1500);
  expect(findings.total).toBe(1500);
  expect(findings.shown).toHaveLength(1000);
});

test('a polygon of very many edges across a tall image is refused before memory is taken', () => {
  const canvas = new Canvas({ width: 10, height: 16_384 });
  const points = Array.from({ length: 20_000 }, (_, i) => ({ x: i % 10, y: (i % 2) * 16_000 }));
  expect(() => canvas.polygon('', points)).toThrow('too much to draw');
  expect(canvas.layers).toEqual({});
});

test('a dataset in a folder of its own name for masks is left alone', async () => {
  const folder = await imagesOf(await temporaryFolder(), ['a.png']);
  await mkdir(join(folder, '.segdec'));
  const report = await imported(folder, await masksOf({ 'a.png': left }), { dryRun: true });
  expect(report.written).toBe(1);
  expect((await readdir(folder)).sort()).toEqual(['.segdec', 'a.png']);
});
