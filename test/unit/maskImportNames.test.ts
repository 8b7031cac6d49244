/** Names that tools changed: hashes, addresses, files that were renamed; and that no mask goes to a wrong image. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { withoutHash } from '../../server/data/masks/exchange/hashedNames.ts';
import { ImageNames } from '../../server/data/masks/exchange/imageNames.ts';
import {
  imagesOf,
  imported,
  layersOf,
  noPixels,
  reader,
  rectangle,
  writeFileIn,
  writeJson,
} from '../support/maskExchange.ts';
import { rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const digest = '0f672ba9c9aec804996ad6757a32c093';
const uuid = '922d9ea2-a2a7-4a13-8d57-138404fcca2a';

describe('hashes in names', () => {
  test.each([
    ['cb0618f6-a.png', 'a.png'],
    ['4-cb0618f6-a b-c.png', 'a b-c.png'],
    [`${uuid}_a.png`, 'a.png'],
    [`${uuid}-a.png`, 'a.png'],
    [`${digest}_a.png`, 'a.png'],
    [`a_jpg.rf.${digest}.jpg`, 'a.jpg'],
    [`a_png.rf.${digest}.jpg`, 'a.png'],
    [`a.rf.${digest}.txt`, 'a.txt'],
    [`a_jpg.rf.${digest}_mask.png`, 'a_mask.png'],
    ['a_jpg.rf.Xy7dQ0aKp3m9Zb2LtVcR.txt', 'a.jpg'],
  ])('%s was %s', (name, plain) => {
    expect(withoutHash(name)).toBe(plain);
  });

  test.each([
    ...['a.png', '20240131-a.png', '12345678-a.png', 'feedface-a.png', 'cb0618f-a.png'],
    ...[`${uuid}.png`, `${digest}.png`, 'part.rf.png', 'a-cb0618f6.png', 'CB0618F6-a.png'],
  ])('%s has none', (name) => {
    expect(withoutHash(name)).toBeUndefined();
  });

  test.each([
    ['upload/4/cb0618f6-a.png', 'image', 'x/a.png'],
    ['..\\..\\media\\upload\\4\\cb0618f6-a.png', 'image', 'x/a.png'],
    ['labels/cb0618f6-a.txt', 'label', 'x/a.png'],
    ['cb0618f6-a_mask.png', 'mask', 'x/a.png'],
    // The image has the hash, the entry has none, or they have the same one.
    ['b.jpg', 'image', 'y/23082be9-b.jpg'],
    ['23082be9-b.txt', 'label', 'y/23082be9-b.jpg'],
    ['https://host/bucket/c%20d.png?sig=a.png', 'image', 'c d.png'],
    ['c%20d.txt', 'label', 'c d.png'],
    // A name that holds the sign itself goes first.
    ['e%20f.png', 'image', 'e%20f.png'],
    ['100%.png', 'image', '100%.png'],
  ] as const)('%s (%s) is %s', (reference, kind, image) => {
    const names = new ImageNames([
      'x/a.png',
      'y/23082be9-b.jpg',
      'c d.png',
      'e%20f.png',
      'e f.png',
      '100%.png',
    ]);
    expect(names.match(reference, kind)).toMatchObject({ image });
  });

  test.each([
    // Another upload of a file of the same name.
    ['aaaa1111-b.jpg', 'image', 0],
    ['20240131-a.png', 'image', 0],
    ['cb0618f6-d.png', 'image', 2],
  ] as const)('%s (%s) fits %d', (reference, kind, count) => {
    const names = new ImageNames(['x/a.png', 'y/23082be9-b.jpg', 'v/d.png', 'w/d.png']);
    const match = names.match(reference, kind);
    expect('several' in match ? match.several.length : 1).toBe(count);
  });
});

describe('ways to write a name', () => {
  const names = new ImageNames([
    'x/Kr\u00e4tzer.PNG',
    'x/u\u0308.jpg',
    'y/v.png',
    'y/v.PNG',
    'y/w.png',
  ]);

  test.each([
    ['x/Kra\u0308tzer.png', 'image', 'x/Kr\u00e4tzer.PNG'],
    ['q/Kra\u0308tzer.txt', 'label', 'x/Kr\u00e4tzer.PNG'],
    ['\u00fc_mask.png', 'mask', 'x/u\u0308.jpg'],
    ['y/v.PNG', 'image', 'y/v.PNG'],
    ['y\\w.PNG.json', 'label', 'y/w.png'],
  ] as const)('%s (%s) is %s', (reference, kind, image) => {
    expect(names.match(reference, kind)).toMatchObject({ image });
  });

  test.each([
    ['W.png', 'y/w.png'],
    ['20240131-w.png', 'y/w.png'],
    ['KRÄTZER_mask.png', 'x/Kr\u00e4tzer.PNG'],
    ['other.png', undefined],
  ])('%s is nearly %s', (reference, image) => {
    expect(names.match(reference, 'image')).toEqual({ several: [] });
    expect(names.near(reference)).toBe(image);
  });

  test('two of which none is meant more', () => {
    expect(names.match('y/V.Png', 'image')).toEqual({ several: [] });
    expect(names.match('y/v.Png', 'image')).toEqual({ several: ['y/v.png', 'y/v.PNG'] });
  });
});

const square = [[2, 1, 5, 1, 5, 3, 2, 3]];

/** Imports a COCO file of names, each with a rectangle, into a dataset of images. */
async function cocoOf(images: readonly string[], names: readonly (string | object)[]) {
  const folder = await imagesOf(await temporaryFolder(), images);
  const value = {
    images: names.map((name, id) => ({
      ...{ id, width: 10, height: 6 },
      ...(typeof name === 'string' ? { file_name: name } : name),
    })),
    annotations: names.map((_, id) => ({ id, image_id: id, segmentation: square })),
  };
  const report = await imported(folder, await writeJson(await temporaryFolder(), 'a.json', value));
  const masks = await Promise.all(
    images.map(async (image) => rowsOf((await layersOf(folder, image)).defect)),
  );
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  return { report, masks, messages };
}

describe('imports by names with hashes', () => {
  const image = 'defective/a.png';

  test('are told of once', async () => {
    const { report, masks, messages } = await cocoOf(
      [image, 'defective/b.png'],
      ['cb0618f6-a.png', '23082be9-b.png'],
    );
    expect(masks).toEqual([rectangle, rectangle]);
    expect(report).toMatchObject({ written: 2, lost: 0 });
    expect(messages).toContain('2 entries were taken by their names without the hash');
    expect(messages).toContain('cb0618f6-a.png for defective/a.png');
  });

  test('two uploads of one image are both left', async () => {
    for (const names of [
      ['cb0618f6-a.png', '23082be9-a.png'],
      [`a_png.rf.${digest}.jpg`, `a_png.rf.${digest.replace('0f', '1e')}.jpg`],
      ['a.png', '23082be9-a.png'],
    ]) {
      const { report, masks } = await cocoOf([image], names);
      expect(masks).toEqual([noPixels]);
      expect(report).toMatchObject({ written: 0, refused: 2, lost: 2 });
    }
  });

  test('Roboflow says the name before the hash', async () => {
    const file_name = `other_jpg.rf.${digest}.jpg`;
    const { masks } = await cocoOf([image], [{ file_name, extra: { name: 'a.png' } }]);
    expect(masks).toEqual([rectangle]);
  });
});

describe('a file of labelme and the image that it names', () => {
  const labelme = (imagePath: string) =>
    JSON.stringify({
      ...{ version: '5.4.1', flags: {}, imagePath, imageData: null },
      shapes: [
        {
          label: 'x',
          points: [
            [2, 1],
            [5, 3],
          ],
          shape_type: 'rectangle',
        },
      ],
    });

  async function importedOf(files: Readonly<Record<string, string>>) {
    const images = ['defective/a.png', 'defective/b.png'];
    const folder = await imagesOf(await temporaryFolder(), images);
    const source = await temporaryFolder();
    for (const [name, text] of Object.entries(files)) await writeFileIn(source, name, text);
    const report = await imported(folder, source);
    const [a, b] = await Promise.all(images.map((image) => layersOf(folder, image)));
    return { report, a: rowsOf(a?.defect as never), b: rowsOf(b?.defect as never) };
  }

  test('a name that is no more: the file is named as the image', async () => {
    const { a, report } = await importedOf({ 'a.json': labelme('DSC_0001.jpg') });
    expect(a).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, unmatched: 0 });
    expect(report.findings.shown.at(-1)?.message).toContain('by its second name (a.json for');
  });

  test('a name that is another image than that of the file: neither is taken', async () => {
    const { a, b, report } = await importedOf({ 'b.json': labelme('a.png') });
    expect([a, b]).toEqual([noPixels, noPixels]);
    expect(report).toMatchObject({ unmatched: 1, lost: 1 });
    expect(report.findings.shown.at(-1)?.message).toContain('2 images fit its name');
  });

  test('files in a folder of their own with other names: the image that they name', async () => {
    const { a, b } = await importedOf({
      'x/1.json': labelme('../images/a.png'),
      'x/2.json': labelme('..\\images\\b.png'),
    });
    expect([a, b]).toEqual([rectangle, rectangle]);
  });

  test('that was copied for two images: each has its own', async () => {
    const { a, b, report } = await importedOf({
      'a.json': labelme('a.png'),
      'b.json': labelme('a.png'),
    });
    expect(b).toEqual(noPixels);
    expect(a).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, lost: 1 });
  });
});

test('a folder that is named in the source only goes to its own image', async () => {
  const folder = await imagesOf(await temporaryFolder(), ['good/1.png', 'defective/1.png']);
  const source = await temporaryFolder();
  await writeFileIn(source, 'labels/defective/1.txt', '0 0.35 0.3333333 0.3 0.3333333\n');
  const report = await imported(folder, join(source, 'labels'));
  expect(report.written).toBe(1);
  expect(rowsOf((await layersOf(folder, 'defective/1.png')).defect)).toEqual(rectangle);
});
