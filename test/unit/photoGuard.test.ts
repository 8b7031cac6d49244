/** Photos are never written over, by whatever name a mask's place has (docs/trust.md). */
import { createHash } from 'node:crypto';
import { link, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openExchangeDataset } from '../../server/data/masks/exchange/dataset.ts';
import { importMasks } from '../../server/data/masks/exchange/importMasks.ts';
import { openMask } from '../../server/data/masks/openMask.ts';
import { writeMask } from '../../server/data/masks/writeMask.ts';
import { assertOutputFile } from '../../server/data/outputFile.ts';
import { HeatmapWriter } from '../../server/runs/heatmaps.ts';
import { goOn, masksOf, reader } from '../support/maskExchange.ts';
import { bitsWhere } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

afterAll(() => reader.dispose());

const left = bitsWhere(10, 6, (x) => x < 3);

/** A photo of 10 x 6, in any format. */
const photo = (format: 'png' | 'jpeg' | 'webp', seed: number): Promise<Buffer> =>
  sharp(Buffer.from(Array.from({ length: 180 }, (_, i) => (i * 37 + seed * 11) % 251)), {
    raw: { width: 10, height: 6, channels: 3 },
  })
    .toFormat(format)
    .toBuffer();

const photos = {
  'ok/good.png': await photo('png', 1),
  'defective/a.png': await photo('png', 2),
  'defective/b.png': await photo('png', 3),
  'defective/Größe.png': await photo('png', 4),
  'photo.JPG': await photo('jpeg', 5),
  'photo.webp': await photo('webp', 6),
  // Listed as no image: it lies where masks do.
  'masks/unlisted.png': await photo('png', 7),
  'masks/grey.png': await sharp(Buffer.alloc(60, 90), {
    raw: { width: 10, height: 6, channels: 1 },
  })
    .png()
    .toBuffer(),
  'masks/larger.png': await sharp({
    create: { width: 30, height: 20, channels: 3, background: '#804020' },
  })
    .png()
    .toBuffer(),
  'masks/unlisted.jpg': await photo('jpeg', 8),
};
const others = {
  'notes.txt': 'mine',
  'masks/text.png': 'mine',
  'masks/empty.png': '',
  'segdec.json': '{}',
  'ignore/defective/b.png.png': Buffer.from(
    await sharp(Buffer.alloc(60), { raw: { width: 10, height: 6, channels: 1 } })
      .png()
      .toBuffer(),
  ),
};

type Make = (folder: string) => Promise<void>;
const symbolic =
  (target: string, name: string): Make =>
  (folder) =>
    symlink(join(folder, target), join(folder, name));
const hard =
  (target: string, name: string): Make =>
  (folder) =>
    link(join(folder, target), join(folder, name));

/** What the column mask says, and what else is there. */
const variations: readonly (readonly [column: string, make?: Make])[] = [
  ...Object.keys(photos).map((name) => [name] as const),
  ...Object.keys(others).map((name) => [name] as const),
  ['labels.csv'],
  ['./defective/b.png'],
  ['defective//b.png'],
  ['masks/../defective/b.png'],
  ['ok/../../x/b.png'],
  ['defective\\b.png'],
  ['defective/./b.png'],
  [
    'defective/Größe.png'.normalize('NFD'),
    hard('defective/Größe.png', 'defective/Größe.png'.normalize('NFD')),
  ],
  ['defective/B.PNG', hard('defective/b.png', 'defective/B.PNG')],
  ['masks/link.png', symbolic('defective/b.png', 'masks/link.png')],
  ['masks/own.png', symbolic('defective/a.png', 'masks/own.png')],
  ['masks/jpeg.png', symbolic('photo.JPG', 'masks/jpeg.png')],
  ['masks/text.bmp', symbolic('notes.txt', 'masks/text.bmp')],
  ['masks/hard.png', hard('defective/b.png', 'masks/hard.png')],
  ['masks/hard.bmp', hard('ok/good.png', 'masks/hard.bmp')],
  ['way/b.png', symbolic('defective', 'way')],
  ['masks/settings.png', symbolic('segdec.json', 'masks/settings.png')],
  ['masks/folder.png', async (folder) => void (await mkdir(join(folder, 'masks/folder.png')))],
  [
    'masks/twice.png',
    async (folder) => {
      await symlink('twice.bmp', join(folder, 'masks/twice.png'));
      await symlink('../defective/b.png', join(folder, 'masks/twice.bmp'));
    },
  ],
  [
    'store/raw.png',
    // An image that is itself a link.
    async (folder) => {
      await mkdir(join(folder, '.store'));
      await writeFile(join(folder, '.store/raw.png'), await photo('png', 9));
      await symlink('../.store/raw.png', join(folder, 'ok/raw.png'));
      await mkdir(join(folder, 'store'));
      await symlink('../.store/raw.png', join(folder, 'store/raw.png'));
    },
  ],
];

async function datasetWith(column: string, make?: Make): Promise<string> {
  const folder = await writeTree(await temporaryFolder(), { ...photos, ...others });
  await make?.(folder);
  const labels = `image,label,mask\ndefective/a.png,defective,${column}\n`;
  await writeFile(join(folder, 'labels.csv'), labels);
  return folder;
}

/** What each file holds, links followed. */
async function hashes(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    // A link to a folder says what it leads to elsewhere.
    const bytes = await readFile(path).catch(() => Buffer.of());
    found.set(path, createHash('sha256').update(bytes).digest('hex'));
  }
  return found;
}

describe('a place of a mask that is none', () => {
  test.each(variations.map(([column, make]) => ({ column, make })))(
    '$column is not written over',
    async ({ column, make }) => {
      const folder = await datasetWith(column, make);
      const before = await hashes(folder);
      const dataset = await openExchangeDataset(folder);
      const source = await masksOf({ 'masks/defective/a.png': left });
      // The reader leaves out a row that leads out of a folder: the mask goes where the layout has it.
      const isLeftOut = column.includes('..');
      for (const existing of ['replace', 'add'] as const) {
        const report = await importMasks(dataset, { source, existing, reader, signal: goOn });
        expect(report.written).toBe(isLeftOut && existing === 'replace' ? 1 : 0);
        if (isLeftOut || existing === 'add') continue;
        expect(report).toMatchObject({ refused: 1, labelled: 0 });
        expect(report.findings.shown[0]?.message).toMatch(/^masks\/defective\/a\.png: .+\.$/);
      }
      const subject = dataset.subject('defective/a.png');
      const { held, readOnly } = await openMask(subject, reader);
      expect(readOnly === undefined).toBe(isLeftOut);
      const writing = writeMask({ ...subject, held: held.defect }, left);
      if (isLeftOut) await writing;
      else await expect(writing).rejects.toThrow(/^[^\n]+\.$/);
      const now = await hashes(folder);
      for (const [path, hash] of before) expect([path, now.get(path)]).toEqual([path, hash]);
    },
  );

  test('a mask of ours is, also one whose pixels are all set', async () => {
    const folder = await datasetWith('own.png');
    const dataset = await openExchangeDataset(folder);
    const all = await masksOf({ 'masks/defective/a.png': bitsWhere(10, 6, () => true) });
    const some = await masksOf({ 'masks/defective/a.png': left });
    for (const source of [all, some]) {
      const report = await importMasks(dataset, {
        ...{ source, existing: 'replace', reader, signal: goOn },
      });
      expect(report).toMatchObject({ written: 1, refused: 0 });
    }
  });

  test('a list or table that is a link to another file gets no rows', async () => {
    const folder = await writeTree(await temporaryFolder(), {
      ...{ 'Class1/Train/0001.PNG': await photo('png', 1), 'Class1/Train/0002.PNG': 2 },
      'Class1/Train/Label/0002_label.PNG': 3,
    });
    await symlink('../0001.PNG', join(folder, 'Class1/Train/Label/Labels.txt'));
    const before = await readFile(join(folder, 'Class1/Train/0001.PNG'));
    const dataset = await openExchangeDataset(folder, { layout: 'dagm' });
    const source = await masksOf({ 'masks/0001.png': left });
    await importMasks(dataset, { source, reader, signal: goOn });
    expect(await readFile(join(folder, 'Class1/Train/0001.PNG'))).toEqual(before);
  });
});

describe('other outputs', () => {
  test.each([
    'photo.png',
    'PHOTO.JPG',
    'labels.csv',
    'segdec.json',
    'train.csv',
    'Labels.txt',
    'a.heic',
  ])('%s is refused', async (name) => {
    const folder = await writeTree(await temporaryFolder(), { [name]: 'x' });
    await expect(assertOutputFile(join(folder, name), [])).rejects.toThrow(/never written over/);
  });

  test('an input is refused by whatever name, and a file of the run', async () => {
    const folder = await writeTree(await temporaryFolder(), {
      'list.txt': 'x',
      'run/run.json': '{}',
    });
    const [list, other] = [join(folder, 'list.txt'), join(folder, 'other.csv')];
    await assertOutputFile(other, [list]);
    await link(list, other);
    await expect(assertOutputFile(other, [list])).rejects.toThrow('is read by this command');
    const run = join(folder, 'run');
    await expect(assertOutputFile(join(run, 'run.json'), [], run)).rejects.toThrow('of the run');
    await assertOutputFile(join(run, 'report.html'), [], run);
  });

  test('a heat map takes the place of a heat map alone', async () => {
    const folder = await writeTree(await temporaryFolder(), { 'b.png.png': photos['ok/good.png'] });
    const maps = new HeatmapWriter(folder);
    const write = (image: string) =>
      maps.write(image, new Float32Array(6).fill(0.5), { width: 3, height: 2 });
    await write('a.png');
    await write('a.png');
    await expect(write('b.png')).rejects.toThrow('is no heat map');
    expect(await readFile(join(folder, 'b.png.png'))).toEqual(photos['ok/good.png']);
  });
});
