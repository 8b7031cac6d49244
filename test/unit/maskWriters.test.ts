/** Masks of each layout: written, and read back by the layout's own reader, equal to the pixel. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { UserError } from '../../protocol/errors.ts';
import { openDataset } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { maskColumns } from '../../server/data/labelsCsv.ts';
import { decodeColumnRuns, encodeColumnRuns } from '../../server/data/masks/columnRuns.ts';
import { withDagmLabel } from '../../server/data/masks/dagmLabels.ts';
import { ignorePlace, maskPlace, placeFault } from '../../server/data/masks/place.ts';
import {
  eachRow,
  severstalRuns,
  withSeverstalRuns,
} from '../../server/data/masks/severstalRows.ts';
import { writeMask } from '../support/writeMask.ts';
import { readFileTree } from '../../server/data/fileTree.ts';
import {
  bitsOf,
  makeLayout,
  maskLayouts,
  pattern,
  placeOf,
  sampleOf,
  severstalNewer,
  severstalOlder,
} from '../support/maskLayouts.ts';
import type { MaskLayout } from '../support/maskLayouts.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

const reader = createImageReader();
afterAll(() => reader.dispose());

/** What the dataset's own reader makes of the image's mask. */
async function readBack(folder: string, layout: MaskLayout): Promise<MaskBits | undefined> {
  const mask = (await sampleOf(folder, layout))?.mask;
  return mask === undefined ? undefined : bitsOf(await reader.mask(folder, mask));
}

const randomBits = fc
  .record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.boolean(), { minLength: width * height, maxLength: width * height })
      .map((pixels) => {
        const bits = new MaskBits(width, height);
        pixels.forEach((isSet, i) => {
          if (isSet) bits.fill(Math.floor(i / width), i % width, (i % width) + 1, true);
        });
        return bits;
      }),
  );

describe.each(Object.entries(maskLayouts))('%s', (_, layout) => {
  test('a mask is read back by the layout as it was written', async () => {
    const folder = await makeLayout(await temporaryFolder(), layout);
    const place = await placeOf(folder, layout);
    expect(place.path).toBe(layout.mask);
    const bits = pattern(layout);
    await writeMask(folder, place, bits);
    expect((await readBack(folder, layout))?.equals(bits)).toBe(true);
    // A second time over the first.
    bits.fill(3, 0, 5, true);
    await writeMask(folder, await placeOf(folder, layout), bits);
    expect((await readBack(folder, layout))?.equals(bits)).toBe(true);
    if (place.kind !== 'file') return;
    const { notes } = await reader.mask(folder, place);
    expect(notes).toEqual([]);
  });

  test('clearing writes what the layout has for no mask', async () => {
    const folder = await makeLayout(await temporaryFolder(), layout);
    await writeMask(folder, await placeOf(folder, layout), pattern(layout));
    const place = await placeOf(folder, layout);
    await writeMask(folder, place, new MaskBits(layout.width, layout.height));
    const now = await readBack(folder, layout);
    if (place.kind === 'file' && place.whenEmpty === 'zero-mask') {
      expect(now?.isEmpty).toBe(true);
      expect(now?.width).toBe(layout.width);
    } else expect(now).toBeUndefined();
    expect(existsSync(join(folder, layout.mask))).toBe(/ksdd|severstal/.test(layout.layout));
  });
});

test('ksdd2 and ksdd keep a mask, all others none, when nothing is marked', async () => {
  const folder = await temporaryFolder();
  const kept: string[] = [];
  for (const [name, layout] of Object.entries(maskLayouts)) {
    const place = await placeOf(await makeLayout(join(folder, name), layout), layout);
    if (place.kind === 'file' && place.whenEmpty === 'zero-mask') kept.push(name);
  }
  expect(kept).toEqual(['ksdd', 'ksdd2']);
});

test('random bits come back from PNG and BMP, and sharp reads two values', async () => {
  const folder = await temporaryFolder();
  await fc.assert(
    fc.asyncProperty(randomBits, fc.constantFrom('png', 'bmp'), async (bits, ending) => {
      const place = { kind: 'file', path: `mask.${ending}`, whenEmpty: 'zero-mask' } as const;
      await writeMask(folder, place, bits);
      const read = await reader.mask(folder, place);
      expect(bitsOf(read).equals(bits)).toBe(true);
      if (ending === 'bmp') return;
      const { channels, depth, width } = await sharp(join(folder, 'mask.png')).metadata();
      expect({ channels, depth, width }).toEqual({
        channels: 1,
        depth: 'uchar',
        width: bits.width,
      });
    }),
    { numRuns: 60 },
  );
  expect(await readdir(folder)).toHaveLength(2);
});

test('random bits come back from run lengths, in either form of the table', () => {
  fc.assert(
    fc.property(randomBits, fc.constantFrom(severstalNewer, severstalOlder), (bits, table) => {
      const encoded = encodeColumnRuns(bits);
      expect(decodeColumnRuns(encoded, bits.width, bits.height).equals(bits)).toBe(true);
      for (const image of ['a.png', 'b.png', 'ä,"new".png']) {
        const text = withSeverstalRuns(table, image, '3', encoded);
        expect(severstalRuns(text, image, '3')).toBe(encoded);
        expect(severstalRuns(text, 'a.png', '1')).toBe(severstalRuns(table, 'a.png', '1'));
      }
    }),
  );
});

test('severstal: the work for rows grows as the file does, with quotes or without', () => {
  for (const end of ['', '"a\nb",c\n']) {
    const text = `ImageId,ClassId,EncodedPixels\n${'a.png,3,1 5\n'.repeat(2000)}${end}`;
    let [read, rows] = [0, 0];
    const counting = {
      length: text.length,
      indexOf: (what: string, from = 0): number => {
        const found = text.indexOf(what, from);
        read += (found < 0 ? text.length : found) - from + 1;
        return found;
      },
    };
    eachRow(counting, () => (rows += 1));
    expect(rows).toBe(end === '' ? 2001 : 2002);
    expect(read).toBeLessThan(3 * text.length);
  }
});

test("severstal: other rows, line breaks and the file's end stay byte for byte", () => {
  expect(withSeverstalRuns(severstalNewer, 'a.png', '3', '9 9')).toBe(
    severstalNewer.replace('a.png,3,5 5', 'a.png,3,9 9'),
  );
  expect(withSeverstalRuns(severstalNewer, 'a.png', '3', '')).toBe(
    severstalNewer.replace('a.png,3,5 5\r\n', ''),
  );
  expect(withSeverstalRuns(severstalNewer, 'a.png', '2', '8 1')).toBe(
    severstalNewer.replace('a.png,4,7 7\r\n', 'a.png,4,7 7\r\na.png,2,8 1\r\n'),
  );
  expect(withSeverstalRuns(severstalNewer, 'c.png', '3', '')).toBe(severstalNewer);
  expect(withSeverstalRuns(severstalNewer, 'c.png', '3', '1 1')).toBe(
    `${severstalNewer}c.png,3,1 1\r\n`,
  );
  expect(withSeverstalRuns(severstalOlder, 'a.png', '3', '')).toBe(
    severstalOlder.replace('a.png_3,5 5', 'a.png_3,'),
  );
  expect(withSeverstalRuns(severstalOlder, 'b.png', '3', '4 4')).toBe(
    severstalOlder.replace(' 10 2', '4 4'),
  );
  expect(withSeverstalRuns(severstalOlder, 'b.png', '4', '4 4')).toBe(
    `${severstalOlder}\nb.png_4,4 4\n`,
  );
  // Further columns, quoted line breaks, and a byte order mark.
  const odd = '\xef\xbb\xbfnote,ImageId,EncodedPixels,ClassId\n"a\nb",x.jpg,1 1,3\n,y.jpg,2 2,3\n';
  expect(withSeverstalRuns(odd, 'x.jpg', '3', '7 7')).toBe(odd.replace('1 1', '7 7'));
  expect(withSeverstalRuns(odd, 'z.jpg', '1', '7 7')).toBe(`${odd},z.jpg,7 7,1\n`);
  expect(() => withSeverstalRuns('a,b\n', 'x.jpg', '3', '7 7')).toThrow(UserError);
  expect(() => withSeverstalRuns('', 'x.jpg', '3', '7 7')).toThrow(UserError);
});

test('dagm: one row of Labels.txt follows the mask, the others stay', async () => {
  const layout = maskLayouts['dagm'] as MaskLayout;
  const folder = await makeLayout(await temporaryFolder(), layout);
  const list = join(folder, 'Class1/Train/Label/Labels.txt');
  const before = await readFile(list, 'utf8');
  await writeMask(folder, await placeOf(folder, layout), pattern(layout));
  expect(await readFile(list, 'utf8')).toBe(
    before.replace('1\t0\t0001.PNG\t0\t0\r', '1\t1\t0001.PNG\t0\t0001_label.PNG\r'),
  );
  const empty = new MaskBits(layout.width, layout.height);
  await writeMask(folder, await placeOf(folder, layout), empty);
  expect(await readFile(list, 'utf8')).toBe(before);
  expect(withDagmLabel('1\n', '0007.PNG', '0007_label.PNG')).toBe(
    '1\n7\t1\t0007.PNG\t0\t0007_label.PNG\n',
  );
  expect(withDagmLabel('1\n', '0007.PNG', undefined)).toBe('1\n');
});

test('labels.csv names another mask, which is kept when nothing is marked', async () => {
  const layout = maskLayouts['folders'] as MaskLayout;
  const folder = await makeLayout(await temporaryFolder(), layout);
  await writeFile(join(folder, 'labels.csv'), `image,mask\n${layout.image},own/m.bmp\n`);
  const column = (await maskColumns(folder)).get(layout.image);
  const place = await placeOf(folder, layout, column);
  await writeMask(folder, place, pattern(layout));
  expect((await readBack(folder, layout))?.equals(pattern(layout))).toBe(true);
  await writeMask(folder, place, new MaskBits(layout.width, layout.height));
  expect((await readBack(folder, layout))?.isEmpty).toBe(true);
  expect(placeFault(await placeOf(folder, layout, 'own/m.jpg'))).toContain('PNG or BMP');
});

test('good images of folders and mvtec have masks of their own; one beside the folders too, if its name is taken', async () => {
  const folder = await writeTree(await temporaryFolder(), {
    ...{ 'ok/a.png': 1, 'defective/b.png': 1, 'b.png': 2, 'c.png': 2, 'masks/c.png': 3 },
  });
  const tree = await readFileTree(folder);
  const place = (image: string) => maskPlace({ layout: 'folders', tree, image });
  expect(place('c.png')).toMatchObject({ kind: 'file', path: 'masks/c.png' });
  const own = { kind: 'file', needsRow: true };
  expect(place('b.png')).toMatchObject({ ...own, path: 'masks/outside/b.png' });
  expect(place('ok/a.png')).toMatchObject({ ...own, path: 'masks/ok/a.png' });
  // The place of the mask of another image is never taken.
  const crowded = await readFileTree(
    await writeTree(await temporaryFolder(), {
      ...{ 'ok/a.png': 1, 'defective/ok/a.png': 1, 'ng/ok/a-2.jpg': 1, 'bad/outside/b.png': 1 },
      ...{ 'b.png': 1, 'ng/b.png': 1 },
    }),
  );
  const among = (image: string) => maskPlace({ layout: 'folders', tree: crowded, image });
  expect(among('ok/a.png')).toMatchObject({ ...own, path: 'masks/ok/a-3.png' });
  expect(among('defective/ok/a.png')).toMatchObject({ path: 'masks/ok/a.png' });
  expect(among('b.png')).toMatchObject({ ...own, path: 'masks/outside/b-2.png' });
  const sample = await sampleOf(folder, { layout: 'folders', image: 'c.png' });
  expect(sample).toMatchObject({ label: 'unlabelled', mask: { path: 'masks/c.png' } });
  const category = maskLayouts['mvtec'] as MaskLayout;
  const mvtec = await makeLayout(await temporaryFolder(), category);
  const good = { layout: 'mvtec', image: 'train/good/000.png' } as const;
  expect(await placeOf(mvtec, good)).toMatchObject({
    ...{ ...own, path: 'ground_truth/train/good/000_mask.png' },
  });
});

test('an ignore mask lies in ignore/, and is removed when nothing is marked', async () => {
  const layout = maskLayouts['folders'] as MaskLayout;
  const folder = await makeLayout(await temporaryFolder(), layout);
  await writeMask(folder, ignorePlace(layout.image), pattern(layout));
  const ignore = (await sampleOf(folder, layout))?.ignore;
  expect(ignore).toBe(`ignore/${layout.image}.png`);
  const read = await reader.mask(folder, { kind: 'file', path: ignore ?? '' });
  expect(bitsOf(read).equals(pattern(layout))).toBe(true);
  await writeMask(folder, ignorePlace(layout.image), new MaskBits(layout.width, layout.height));
  expect((await sampleOf(folder, layout))?.ignore).toBeUndefined();
});

test('nothing is written through a link that leads out of the dataset', async () => {
  const outside = await temporaryFolder();
  const layout = maskLayouts['folders'] as MaskLayout;
  const folder = await makeLayout(await temporaryFolder(), layout);
  await symlink(outside, join(folder, 'masks'));
  await expect(writeMask(folder, await placeOf(folder, layout), pattern(layout))).rejects.toThrow(
    /leads out/,
  );
  expect(await readdir(outside)).toEqual([]);
});

const ksdd = shared('data', 'ksdd');
test.skipIf(ksdd.missing)(`real masks of KolektorSDD come back from BMP${ksdd.note}`, async () => {
  const folder = await temporaryFolder();
  for (const path of ['kos01/Part5_label.bmp', 'kos25/Part5_label.bmp']) {
    const bits = bitsOf(await reader.mask(ksdd.path, { kind: 'file', path }));
    await writeMask(folder, { kind: 'file', path, whenEmpty: 'zero-mask' }, bits);
    const read = await reader.mask(folder, { kind: 'file', path });
    expect(bitsOf(read).equals(bits)).toBe(true);
  }
});

const mvtec = shared('data', 'mvtec', 'transistor');
test.skipIf(mvtec.missing)(
  `each mask of the real MVTec folder is written back and read again with the same bits${mvtec.note}`,
  async () => {
    const { samples } = await openDataset(mvtec.path, { layout: 'mvtec' });
    const tree = await readFileTree(mvtec.path);
    const folder = await temporaryFolder();
    let pixels = 0;
    for (const { image, mask } of samples) {
      if (mask?.kind !== 'file') continue;
      const place = maskPlace({ layout: 'mvtec', tree, image });
      expect(place).toMatchObject({ kind: 'file', path: mask.path });
      const bits = bitsOf(await reader.mask(mvtec.path, mask));
      await writeMask(folder, place, bits);
      expect(bitsOf(await reader.mask(folder, mask)).equals(bits)).toBe(true);
      pixels += bits.count();
    }
    const files = await readdir(join(mvtec.path, 'ground_truth'), { recursive: true });
    const written = await readdir(join(folder, 'ground_truth'), { recursive: true });
    expect(written.sort()).toEqual(files.sort());
    expect(pixels).toBeGreaterThan(0);
  },
);

const severstal = shared('data', 'severstal');
test.skipIf(severstal.missing)(
  `the real train.csv of Severstal stays but for one row${severstal.note}`,
  async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'train_images'));
    await cp(join(severstal.path, 'train.csv'), join(folder, 'train.csv'));
    const text = await readFile(join(folder, 'train.csv'), 'latin1');
    const rows = text.split('\n');
    const place = { kind: 'rows', path: 'train.csv', image: '000a4bcdd.jpg', class: '1' } as const;
    const bits = decodeColumnRuns(severstalRuns(text, place.image, '1'), 1600, 256);
    expect(bits.isEmpty).toBe(false);
    await writeMask(folder, place, bits);
    expect(await readFile(join(folder, 'train.csv'), 'latin1')).toBe(text);
    await writeMask(folder, place, new MaskBits(1600, 256));
    const now = (await readFile(join(folder, basename('train.csv')), 'latin1')).split('\n');
    expect(now.filter((row, i) => row !== rows[i])).toHaveLength(1);
  },
);
