/** Export of masks: what is written, and that it comes back to the pixel. */
import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { MaskBits } from '../../protocol/mask/bits.ts';
import type { ExportFormat, MaskExportReport } from '../../protocol/maskExchange.ts';
import { exportFormats } from '../../protocol/maskExchange.ts';
import { openExchangeDataset } from '../../server/data/masks/exchange/dataset.ts';
import { exportMasks } from '../../server/data/masks/exchange/exportMasks.ts';
import type { ExportRequest } from '../../server/data/masks/exchange/exportMasks.ts';
import {
  bytesOf,
  goOn,
  grey,
  imagesOf,
  imported,
  layersOf,
  reader,
  writeFileIn,
} from '../support/maskExchange.ts';
import { anyBits, bitsWhere, drawn, rowsOf } from '../support/masks.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

async function exported(
  folder: string,
  format: ExportFormat,
  output: string,
  more: Partial<ExportRequest> = {},
): Promise<MaskExportReport> {
  const dataset = await openExchangeDataset(folder);
  return await exportMasks(dataset, { format, output, reader, signal: goOn, ...more });
}

const outputName: Readonly<Record<ExportFormat, string>> = {
  coco: 'masks.json',
  png: 'masks',
  severstal: 'masks.csv',
};

interface Coco {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly {
    readonly id: number;
    readonly image_id: number;
    readonly category_id: number;
    readonly iscrowd: number;
    readonly area: number;
    readonly bbox: readonly number[];
    readonly segmentation: { readonly size: readonly number[]; readonly counts: string };
  }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}
const cocoOf = async (file: string): Promise<Coco> =>
  JSON.parse(await readFile(file, 'utf8')) as Coco;

const left = bitsWhere(10, 6, (x) => x < 3);
const corner = bitsWhere(10, 6, (x, y) => x > 8 && y < 2);
/** Two regions: corners touch, so that the diagonal is one. */
const regions = drawn([
  '#.......##',
  '.#......##',
  '..#.......',
  '..........',
  '..........',
  '..........',
]);

async function small(): Promise<string> {
  return await imagesOf(
    await temporaryFolder(),
    ['ok/a.png', 'defective/dent/b.png', 'defective/c.png', 'other.png', 'weak.png'],
    {
      'masks/dent/b.png': await bytesOf(regions),
      'ignore/ok/a.png.png': await bytesOf(corner),
      'ignore/defective/dent/b.png.png': await bytesOf(left),
    },
  );
}

describe('coco', () => {
  test('labelled images, an annotation a region, ignored pixels as a crowd', async () => {
    const output = join(await temporaryFolder(), 'masks.json');
    const report = await exported(await small(), 'coco', output);
    expect(report).toMatchObject({ output, images: 3, defective: 1, ignored: 2, parts: 4 });
    expect(report.findings.total).toBe(0);
    const { images, annotations, categories } = await cocoOf(output);
    expect(images).toEqual([
      { id: 1, file_name: 'defective/c.png', width: 10, height: 6 },
      { id: 2, file_name: 'defective/dent/b.png', width: 10, height: 6 },
      { id: 3, file_name: 'ok/a.png', width: 10, height: 6 },
    ]);
    expect(categories.map(({ name }) => name)).toEqual(['defect', 'dent', 'ignore']);
    const shown = annotations.map((one) => [one.image_id, one.category_id, one.iscrowd, one.area]);
    expect(shown).toEqual([
      [2, 2, 0, 3],
      [2, 2, 0, 4],
      [2, 3, 1, 18],
      [3, 3, 1, 2],
    ]);
    expect(annotations.map(({ bbox }) => bbox)).toEqual([
      [0, 0, 3, 3],
      [8, 0, 2, 2],
      [0, 0, 3, 6],
      [9, 0, 1, 2],
    ]);
    expect(annotations.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(annotations[2]?.segmentation).toEqual({ size: [6, 10], counts: '0b0Z1' });
  });

  test('a dataset without masks, and kinds that are called ignore', async () => {
    const output = join(await temporaryFolder(), 'masks.json');
    const folder = await imagesOf(await temporaryFolder(), ['defective/Ignore/a.png'], {
      'masks/Ignore/a.png': await bytesOf(left),
    });
    await exported(folder, 'coco', output);
    const { categories, annotations } = await cocoOf(output);
    expect(categories.map(({ name }) => name)).toEqual(['defect', 'ignore']);
    expect(annotations[0]?.category_id).toBe(1);
    const bare = await imagesOf(await temporaryFolder(), ['a.png']);
    await exported(bare, 'coco', output, { overwrite: true });
    expect(await cocoOf(output)).toMatchObject({ images: [], annotations: [] });
  });
});

describe('png', () => {
  test('masks by the paths of images, 0 and 255 alone', async () => {
    const output = join(await temporaryFolder(), 'masks');
    const report = await exported(await small(), 'png', output);
    expect(report).toMatchObject({ images: 3, defective: 1, ignored: 2, parts: 3 });
    const names = (await readdir(output, { recursive: true })).filter((n) => n.endsWith('.png'));
    expect(names.map((name) => name.replaceAll('\\', '/')).sort()).toEqual([
      'ignore/defective/dent/b.png.png',
      'ignore/ok/a.png.png',
      'masks/defective/dent/b.png',
    ]);
    const { data, info } = await sharp(join(output, 'masks/defective/dent/b.png'))
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 10, height: 6, channels: 1 });
    expect([...new Set(data)].sort()).toEqual([0, 255]);
  });

  test('images of one name and two endings keep both masks', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['defective/a.png', 'defective/b.png']);
    const labels = 'image,mask\ndefective/a.png,own/a.png\ndefective/a.bmp,own/b.png\n';
    await writeFileIn(folder, 'labels.csv', labels);
    await cp(join(folder, 'defective/b.png'), join(folder, 'defective/a.bmp'));
    await rm(join(folder, 'defective/b.png'));
    await writeFileIn(folder, 'own/a.png', await bytesOf(left));
    await writeFileIn(folder, 'own/b.png', await bytesOf(corner));
    const output = join(await temporaryFolder(), 'masks');
    await exported(folder, 'png', output);
    expect((await readdir(join(output, 'masks/defective'))).sort()).toEqual([
      'a.bmp.png',
      'a.png.png',
    ]);
    await rm(join(folder, 'own'), { recursive: true });
    expect(await imported(folder, output)).toMatchObject({ written: 2, refused: 0 });
    expect((await layersOf(folder, 'defective/a.png')).defect.equals(left)).toBe(true);
    expect((await layersOf(folder, 'defective/a.bmp')).defect.equals(corner)).toBe(true);
  });
});

describe('severstal', () => {
  test('a row an image, and a sentence for ignored pixels', async () => {
    const output = join(await temporaryFolder(), 'masks.csv');
    const report = await exported(await small(), 'severstal', output);
    expect(report).toMatchObject({ parts: 1, defective: 1, ignored: 2 });
    expect(report.findings.shown[0]?.message).toContain('those of 2 images are left out');
    expect(await readFile(output, 'utf8')).toBe(
      'ImageId,ClassId,EncodedPixels\ndefective/dent/b.png,1,1 1 8 1 15 1 49 2 55 2\n',
    );
  });
});

describe('round trips', () => {
  /** Exports, imports into a copy without masks, and gives both layers of the image. */
  async function backAgain(format: ExportFormat, defect: MaskBits, ignore: MaskBits) {
    const image = 'defective/a.png';
    const folder = await temporaryFolder();
    const { width, height } = defect;
    await writeFileIn(folder, `from/${image}`, await grey(width, height));
    await cp(join(folder, 'from'), join(folder, 'to'), { recursive: true });
    await writeFileIn(folder, 'from/masks/a.png', await bytesOf(defect));
    await writeFileIn(folder, `from/ignore/${image}.png`, await bytesOf(ignore));
    const output = join(folder, outputName[format]);
    await exported(join(folder, 'from'), format, output);
    const report = await imported(join(folder, 'to'), output);
    expect(report).toMatchObject({ unmatched: 0, refused: 0 });
    return await layersOf(join(folder, 'to'), image);
  }

  test.each(exportFormats)('%s: random bits of both layers', async (format) => {
    const two = anyBits.chain((defect) =>
      fc.array(fc.boolean(), { minLength: 70 * 12, maxLength: 70 * 12 }).map((set) => ({
        defect,
        ignore: bitsWhere(defect.width, defect.height, (x, y) => set[y * 70 + x] === true),
      })),
    );
    await fc.assert(
      fc.asyncProperty(two, async ({ defect, ignore }) => {
        const back = await backAgain(format, defect, ignore);
        expect(rowsOf(back.defect)).toEqual(rowsOf(defect));
        const none = bitsWhere(defect.width, defect.height, () => false);
        expect(rowsOf(back.ignore)).toEqual(rowsOf(format === 'severstal' ? none : ignore));
      }),
      { numRuns: 25 },
    );
  });

  /** Copies of real data without masks get them back. */
  async function realAgain(from: string, to: string, format: ExportFormat): Promise<number> {
    const output = join(await temporaryFolder(), outputName[format]);
    const { findings } = await exported(from, format, output);
    expect(findings.shown.filter(({ severity }) => severity === 'error')).toEqual([]);
    const report = await imported(to, output);
    expect(report).toMatchObject({ unmatched: 0, refused: 0, kept: 0 });
    const { samples } = await openExchangeDataset(from);
    let pixels = 0;
    for (const { image } of samples) {
      const [before, after] = [await layersOf(from, image), await layersOf(to, image)];
      expect(after.defect.equals(before.defect), image).toBe(true);
      pixels += before.defect.count();
    }
    return pixels;
  }

  const ksdd = shared('data', 'ksdd');
  test.skipIf(ksdd.missing).each(exportFormats)(
    `KolektorSDD, a part of it, as %s${ksdd.note}`,
    async (format) => {
      const [from, to] = [await temporaryFolder(), await temporaryFolder()];
      for (const name of ['kos01', 'kos02', 'kos03']) {
        await mkdir(join(from, name));
        await mkdir(join(to, name));
        for (const file of await readdir(join(ksdd.path, name))) {
          const bytes = await readFile(join(ksdd.path, name, file));
          await writeFile(join(from, name, file), bytes);
          // One mask stays, so that the layout is known; it is the same.
          const isMask = file.endsWith('.bmp') && !(name === 'kos01' && file.startsWith('Part0'));
          if (!isMask) await writeFile(join(to, name, file), bytes);
        }
      }
      expect(await realAgain(from, to, format)).toBeGreaterThan(100);
    },
  );

  const steel = shared('data', 'severstal');
  test.skipIf(steel.missing).each(exportFormats)(`Severstal as %s${steel.note}`, async (format) => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()];
    await mkdir(join(from, 'train_images'));
    for (const file of await readdir(join(steel.path, 'train_images'))) {
      const bytes = await readFile(join(steel.path, 'train_images', file));
      await writeFileIn(from, `train_images/${file}`, bytes);
      await writeFileIn(to, `train_images/${file}`, bytes);
    }
    await writeFileIn(from, 'train.csv', await readFile(join(steel.path, 'train.csv')));
    await writeFileIn(to, 'train.csv', 'ImageId,ClassId,EncodedPixels\n');
    expect(await realAgain(from, to, format)).toBe(1661);
  });
});

describe('the output', () => {
  test.each(exportFormats)(
    '%s: what is there is refused, unless it may be written over',
    async (format) => {
      const folder = await small();
      const output = join(await temporaryFolder(), outputName[format]);
      const first = await exported(folder, format, output);
      await expect(exported(folder, format, output)).rejects.toThrow('is there already');
      expect(await exported(folder, format, output, { overwrite: true })).toEqual(first);
      const other = format === 'png' ? 'file' : 'folder';
      const wrong = join(await temporaryFolder(), 'x');
      if (other === 'file') await writeFile(wrong, '');
      else await mkdir(wrong);
      await expect(exported(folder, format, wrong, { overwrite: true })).rejects.toThrow(
        `is a ${other}`,
      );
    },
  );

  test('a folder within the dataset is refused, and one that cannot be written to', async () => {
    const folder = await small();
    for (const place of ['masks-out', '.']) {
      await expect(exported(folder, 'png', join(folder, place))).rejects.toThrow(
        'would count as images',
      );
    }
    await expect(exported(folder, 'coco', join(folder, 'nowhere/x.json'))).rejects.toThrow(
      'the folder does not exist',
    );
  });

  test('a file of the dataset is refused, by whatever way, also to be written over', async () => {
    const folder = await small();
    await writeFileIn(folder, 'labels.csv', 'image,label\n');
    await writeFileIn(folder, 'notes.json', '{}');
    const way = join(await temporaryFolder(), 'way');
    await symlink(folder, way);
    const before = await readFile(join(folder, 'masks/dent/b.png'));
    const names = ['labels.csv', 'train.csv', 'segdec.json', 'notes.json', 'masks/dent/b.png'];
    for (const name of names) {
      for (const top of [folder, way]) {
        await expect(
          exported(folder, 'coco', join(top, name), { overwrite: true }),
        ).rejects.toThrow('is a file of the dataset');
      }
    }
    expect(await readFile(join(folder, 'masks/dent/b.png'))).toEqual(before);
    await expect(exported(folder, 'png', join(way, 'new/masks'))).rejects.toThrow(
      'would count as images',
    );
    const link = join(await temporaryFolder(), 'rows.csv');
    await symlink(join(folder, 'labels.csv'), link);
    await expect(exported(folder, 'severstal', link, { overwrite: true })).rejects.toThrow(
      'is a file of the dataset',
    );
    const output = join(folder, 'masks.json');
    expect(await exported(folder, 'coco', output)).toMatchObject({ images: 3 });
  });

  test('stopping leaves no file, and a folder of whole masks', async () => {
    const images = Array.from({ length: 6 }, (_, i) => `defective/${i}.png`);
    const folder = await imagesOf(await temporaryFolder(), images);
    for (const image of images) {
      await writeFileIn(folder, image.replace('defective', 'masks'), await bytesOf(left));
    }
    for (const format of exportFormats) {
      const stop = new AbortController();
      const place = await temporaryFolder();
      const exporting = exported(folder, format, join(place, 'out'), {
        signal: stop.signal,
        onProgress: (done, total) => {
          expect(total).toBe(6);
          if (done === 3) stop.abort();
        },
      });
      await expect(exporting).rejects.toThrow('Stopped');
      if (format !== 'png') {
        expect(await readdir(place)).toEqual([]);
        continue;
      }
      const files = await readdir(join(place, 'out/masks/defective'));
      expect(files.sort()).toEqual(['0.png', '1.png', '2.png']);
    }
  });

  test('what cannot be read costs its image and is told once', async () => {
    const folder = await small();
    await writeFileIn(folder, 'masks/dent/b.png', 'no picture');
    await writeFileIn(folder, 'defective/c.png', 'no picture');
    for (const format of exportFormats) {
      const output = join(await temporaryFolder(), outputName[format]);
      const { findings, defective } = await exported(folder, format, output);
      const errors = findings.shown.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ image }) => image).sort()).toEqual([
        'defective/c.png',
        'defective/dent/b.png',
      ]);
      expect(defective).toBe(0);
    }
  });
});
