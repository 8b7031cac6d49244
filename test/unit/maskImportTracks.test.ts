/** Imports that know little of their images: videos, sizes that are not said, orientations, tables with broken rows. */
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import {
  grey,
  imagesOf,
  imported,
  layersOf,
  noPixels,
  reader,
  rectangle,
  taken,
  writeFileIn,
  writeJson,
} from '../support/maskExchange.ts';
import { rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

afterAll(() => reader.dispose());

test("the frames of CVAT's tracks go to the images of their numbers", async () => {
  const images = ['frame_000003.png', 'frame_000004.png', '000005.png', 'frame_000009.png'];
  const folder = await imagesOf(
    await temporaryFolder(),
    images.map((name) => `defective/${name}`),
  );
  const box = (frame: number | string, more = '') =>
    `<box frame="${frame}" xtl="2" ytl="1" xbr="5" ybr="3" ${more}/>`;
  const source = await writeFileIn(
    await temporaryFolder(),
    'annotations.xml',
    `<?xml version="1.0"?><annotations><meta><task><original_size><width>10</width><height>6</height></original_size></task></meta>
    <track id="0" label="dent">${box(3, 'keyframe="1"')}${box(4, 'keyframe="0"')}${box(9, 'outside="1"')}${box('x')}</track>
    <track id="1" label="dent">${box(5)}<points frame="4" points="1,1"/>${box(77)}</track></annotations>`,
  );
  const report = await imported(folder, source);
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  const drawn = async (name: string) =>
    rowsOf((await layersOf(folder, `defective/${name}`)).defect);
  for (const name of images.slice(0, 3)) expect(await drawn(name), name).toEqual(rectangle);
  expect(await drawn('frame_000009.png')).toEqual(noPixels);
  expect(report).toMatchObject({ entries: 4, written: 3, unmatched: 1, lost: 3 });
  expect(messages).toContain('1 shape of tracks without a frame left out');
  expect(messages).toContain('frame 4: shape 2 is left out: points are no area');
  expect(messages).toContain('frame 77: no image');
});

describe('shapes that reach out of an image whose size nobody says', () => {
  const segmentation = [[2, 1, 40, 1, 40, 30, 2, 30]];
  const categories = [{ id: 1, name: 'x' }];
  const annotations = [{ id: 1, image_id: 1, category_id: 1, segmentation }];
  test.each<[string, object, boolean]>([
    ['coco', { images: [{ id: 1, file_name: 'a.png' }], annotations, categories }, true],
    [
      'coco with its size',
      { images: [{ id: 1, file_name: 'a.png', width: 10, height: 6 }], annotations, categories },
      false,
    ],
    [
      'labelme',
      {
        ...{ imagePath: 'a.png', imageData: null, flags: {} },
        shapes: [
          {
            label: 'x',
            shape_type: 'rectangle',
            points: [
              [1, 1],
              [90, 5],
            ],
          },
        ],
      },
      true,
    ],
  ])('%s', async (_, value, isTold) => {
    const { messages } = await taken('a.json', JSON.stringify(value));
    expect(messages.includes('shapes reach out to')).toBe(isTold);
  });
});

test.each([
  [3, 6, 10],
  [2, 6, 10],
  [6, 8, 8],
])('what orientation %i leaves open is told', async (orientation, height, width) => {
  const photo = await sharp(Buffer.from(await grey(width, height)))
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
  const folder = await writeTree(await temporaryFolder(), { 'defective/p.jpg': photo });
  const source = await writeJson(await temporaryFolder(), 'coco.json', {
    images: [{ id: 1, file_name: 'p.jpg', width, height }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, segmentation: [[0, 0, 3, 0, 3, 3, 0, 3]] }],
    categories: [{ id: 1, name: 'x' }],
  });
  const { findings, written } = await imported(folder, source);
  expect(written).toBe(1);
  const messages = findings.shown.map(({ message }) => message).join('\n');
  expect(messages).toMatch(
    new RegExp(`p\\.jpg is turned by its EXIF orientation ${orientation}, and what is imported`),
  );
});

test("a broken row of Severstal's table costs itself alone", async () => {
  const table = `"ImageId",ClassId,EncodedPixels
a.jpg,3,1 2
b.jpg,3,"1 2
c.jpg,3,1 2,9,9
,3,1 2
"d.jpg","3","5 2"
`;
  const files = Object.fromEntries('abcd'.split('').map((name) => [`train_images/${name}.jpg`, 1]));
  const root = await writeTree(await temporaryFolder(), { ...files, 'train.csv': table });
  const { samples, findings } = await openDataset(root);
  const defective = samples.filter(({ label }) => label === 'defective');
  expect(defective.map(({ image }) => image)).toEqual(['train_images/a.jpg', 'train_images/d.jpg']);
  const told = findings.map(({ message }) => /line (\d+)/.exec(message)?.[1]);
  expect(told.sort()).toEqual(['3', '4', '5']);

  const folder = await imagesOf(await temporaryFolder(), ['defective/a.jpg', 'defective/d.jpg']);
  const source = await writeFileIn(await temporaryFolder(), 'rows.csv', table);
  const report = await imported(folder, source, { format: 'severstal' });
  expect(report).toMatchObject({ written: 2, unmatched: 1, lost: 3 });
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  for (const line of [4, 5]) expect(messages).toContain(`row in line ${line} is left out`);
});

test.each<[string, string]>([
  ['no declaration', ''],
  ['a declaration without encoding', '<?xml version="1.0"?>\n'],
])('XML with %s that is no UTF-8 is read as its names say', async (_, head) => {
  const image = 'defective/Prüfling ß.png';
  const folder = await imagesOf(await temporaryFolder(), [image]);
  const box = '<box label="x" xtl="2" ytl="1" xbr="5" ybr="3"/>';
  const text = `${head}<annotations><image name="Prüfling ß.png">${box}</image></annotations>`;
  const source = await writeFileIn(await temporaryFolder(), 'a.xml', Buffer.from(text, 'latin1'));
  const report = await imported(folder, source);
  expect(rowsOf((await layersOf(folder, image)).defect)).toEqual(rectangle);
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  expect(messages).toContain('read as windows-125');
});
