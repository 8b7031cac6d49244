/** Imports of which a part cannot be used: the good part is taken, and what is lost is counted and said. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  bytesOf,
  cocoFile,
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
import { bitsWhere, rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const square = [2, 1, 5, 1, 5, 3, 2, 3];
const corners = [
  [2, 1],
  [5, 1],
  [5, 3],
  [2, 3],
];

/** A COCO file for two images, `a.png` and `b.png`. */
async function cocoOf(
  images: readonly unknown[],
  annotations: readonly unknown[],
  more: object = {},
) {
  const folder = await imagesOf(await temporaryFolder(), ['defective/a.png', 'defective/b.png']);
  const value = { images, annotations, categories: [{ id: 3, name: 'x' }], ...more };
  const source = await writeJson(await temporaryFolder(), 'coco.json', value);
  const report = await imported(folder, source);
  const [a, b] = [
    await layersOf(folder, 'defective/a.png'),
    await layersOf(folder, 'defective/b.png'),
  ];
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  return { report, messages, a: rowsOf(a.defect), b: rowsOf(b.defect) };
}

describe('ids of COCO', () => {
  const images = (a: unknown, b: unknown) => [
    { id: a, file_name: 'a.png', width: 10, height: 6 },
    { id: b, file_name: 'b.png', width: 10, height: 6 },
  ];
  const annotation = (image_id: unknown, id: unknown = 1) => ({
    ...{ id, image_id, category_id: 3, segmentation: [square] },
  });

  test.each([
    [1, '1'],
    ['1', 1],
    [' 1', 1.0],
    ['1.0', 1],
    ['a-1', 'a-1 '],
  ])('%j and %j are one', async (id, reference) => {
    const { report, a, b } = await cocoOf(images(id, 2), [annotation(reference)]);
    expect([a, b]).toEqual([rectangle, noPixels]);
    expect(report).toMatchObject({ written: 1, lost: 0 });
  });

  test('of two images that share one, neither gets the annotations', async () => {
    for (const [a, b] of [
      [1, 1],
      [1, '1'],
    ]) {
      const result = await cocoOf(images(a, b), [annotation(1), annotation(1)]);
      expect([result.a, result.b]).toEqual([noPixels, noPixels]);
      expect(result.report).toMatchObject({ written: 0, refused: 2, lost: 2 });
      expect(result.messages).toContain('its id 1 is that of 2 images (a.png, b.png)');
    }
  });

  test('an image that is listed twice is taken once', async () => {
    const [first = {}] = images(1, 2);
    const { report, a, messages } = await cocoOf([first, first], [annotation(1)]);
    expect(a).toEqual(rectangle);
    expect(report).toMatchObject({ entries: 1, written: 1, lost: 0 });
    expect(messages).toContain('listed more than once with the same id (a.png)');
  });

  test('without ids nothing is put together', async () => {
    const { report, a, b } = await cocoOf(images(undefined, null), [annotation(undefined)]);
    expect([a, b]).toEqual([noPixels, noPixels]);
    expect(report).toMatchObject({ refused: 2, lost: 1 });
  });

  test('the same of two annotations costs neither', async () => {
    const { a, b } = await cocoOf(images(1, 2), [annotation(1, 7), annotation(2, 7)]);
    expect([a, b]).toEqual([rectangle, rectangle]);
  });

  test('a category that is ignored and is not costs its annotations', async () => {
    const categories = [
      { id: '3', name: 'x' },
      { id: 3, name: 'ignore' },
    ];
    const { report, messages } = await cocoOf(images(1, 2), [annotation(1)], { categories });
    expect(report).toMatchObject({ written: 0, lost: 1 });
    expect(messages).toContain('the category 3 is "ignore" and another one as well');
  });

  test('an image without a name costs itself', async () => {
    const list = [{ id: 5 }, null, ...images(1, 2)];
    const { report, a, messages } = await cocoOf(list, [annotation(1), annotation(5)]);
    expect(a).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, refused: 2, lost: 1 });
    expect(messages).toContain('image 1: it has no "file_name"');
  });
});

describe('segmentations of COCO', () => {
  test.each([
    ['a polygon that is not wrapped', square],
    ['pairs', corners],
    ['wrapped pairs', [corners]],
    ['texts', [square.map(String)]],
  ])('%s are drawn', async (_, segmentation) => {
    const { defect, report } = await taken('coco.json', JSON.stringify(cocoFile(segmentation)));
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, lost: 0 });
  });

  const bad: [string, unknown, string][] = [
    ['two corners', [7, 1, 7, 3], 'fewer than three corners'],
    ['an odd number', [7, 1, 7, 3, 8, 3, 9], 'without its pair'],
    ['words', ['x', 1, 7, 3, 8, 3], 'no list of numbers'],
    ['far away', [7e7, 1, 7, 3, 8, 3], 'no place near the image'],
    ['outside', [70, 1, 80, 1, 80, 9, 70, 9], 'covers the centre of no pixel'],
    ['nothing', [7.1, 1.1, 7.2, 1.1, 7.2, 1.2], 'covers the centre of no pixel'],
  ];

  test.each(bad)('%s costs itself', async (_, polygon, message) => {
    const value = cocoFile([square, polygon]);
    const { defect, report, messages } = await taken('coco.json', JSON.stringify(value));
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, refused: 0, lost: 1 });
    expect(messages).toContain('annotation 1 (polygon 2) is left out');
    expect(messages).toContain(message);
  });

  test('NaN of Python costs its polygon alone', async () => {
    const text = JSON.stringify(
      cocoFile([square, [1, 1, 2, 2, 3, 3]], { info: 'a NaN, "Infinity"' }),
    );
    const { defect, report } = await taken(
      'coco.json',
      text.replace('[1,1,2,2', '[NaN,-Infinity,2,2'),
    );
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ lost: 1 });
  });

  test('run lengths of another size, and empty ones, cost themselves', async () => {
    const { annotations } = cocoFile([square]);
    const more = [
      { id: 8, image_id: 7, category_id: 3, segmentation: { size: [10, 6], counts: [0, 60] } },
      { id: 9, image_id: 7, category_id: 3, segmentation: { size: [6, 10], counts: [60] } },
    ];
    const value = cocoFile([], { annotations: [...annotations, ...more] });
    const { defect, report, messages } = await taken('coco.json', JSON.stringify(value));
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, lost: 2 });
    expect(messages).toContain('annotation 8 is left out: its run lengths are of 6x10 pixels');
  });

  test('what is all lost takes nothing away from a mask that is there', async () => {
    const folder = await imagesOf(await temporaryFolder(), ['defective/a.png'], {
      'masks/a.png': await bytesOf(bitsWhere(10, 6, (x) => x < 3)),
    });
    const value = cocoFile([[70, 1, 80, 1, 80, 9]]);
    const source = await writeJson(await temporaryFolder(), 'coco.json', value);
    const report = await imported(folder, source, { existing: 'replace' });
    expect(report).toMatchObject({ written: 0, refused: 1, lost: 1 });
    expect((await layersOf(folder, 'defective/a.png')).defect.count()).toBe(18);
  });
});

describe('shapes of labelme and its relatives', () => {
  const file = (shapes: readonly object[]) =>
    JSON.stringify({
      version: '2.3.5',
      shapes,
      imagePath: 'a.png',
      imageHeight: 6,
      imageWidth: 10,
    });

  test.each(['rotation', 'quadrilateral', 'oriented_rectangle', 'polygon', null])(
    '%s',
    async (kind) => {
      const shape = { label: 'x', points: corners, shape_type: kind, direction: 0.1 };
      const { defect, report } = await taken('a.json', file([shape]));
      expect(defect).toEqual(rectangle);
      expect(report).toMatchObject({ written: 1, lost: 0 });
    },
  );

  const line = {
    label: 'x',
    points: [
      [3, 2],
      [5, 2],
    ],
  };
  test.each([
    ['line', { line_width: 2 }],
    ['linestrip', { width: '2' }],
    ['line', { attributes: { thickness: 2 } }],
  ])('a %s with %j has an area', async (kind, more) => {
    const { defect, report } = await taken(
      'a.json',
      file([{ ...line, ...more, shape_type: kind }]),
    );
    expect(report).toMatchObject({ written: 1, lost: 0 });
    expect(defect.slice(1, 3)).toEqual(['..####....', '..####....']);
  });

  test('what is no area is told of with its numbers, and the others are drawn', async () => {
    const shapes = [
      { label: 'x', points: [[1, 1]], shape_type: 'point' },
      { label: 'x', points: corners, shape_type: 'rotation' },
      { ...line, shape_type: 'linestrip' },
      { label: 'x', points: [[1, 1]], shape_type: 'point' },
      { ...line, shape_type: 'line', width: 0 },
      {
        label: 'x',
        points: [
          [1, 1],
          [2, 2],
        ],
        shape_type: 'polygon',
      },
      { label: 'x', points: 'abc' },
    ];
    const { defect, report, messages } = await taken('a.json', file(shapes));
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, lost: 6 });
    expect(messages).toContain('2 shapes (1, 4) are left out: "point" is no area');
    expect(messages).toContain('shape 3 is left out: a line without a width');
    expect(messages).toContain('shape 5 is left out: a line has the width 0');
    expect(messages).toContain('2 shapes (6, 7) are left out: a polygon has fewer than three');
  });
});

describe('tags of CVAT', () => {
  const cvat = (inside: string) =>
    `<annotations><image id="0" name="a.png" width="10" height="6">${inside}</image></annotations>`;
  const box = '<box label="x" xtl="2" ytl="1" xbr="5" ybr="3"></box>';

  test.each([
    ['<tag label="defective" source="manual"></tag>', 'a tag is of the whole image'],
    ['<points label="x" points="1,1;2,2"></points>', 'points are no area'],
    ['<polyline label="x" points="1,1;2,2"></polyline>', 'a polyline without an attribute "width"'],
    ['<cuboid label="x" xtl1="1" ytl1="1"></cuboid>', 'a cuboid is no area'],
    [
      '<skeleton label="x"><points label="1" points="1,1"/><points label="2" points="2,2"/></skeleton>',
      'a skeleton is no area',
    ],
    ['<polygon label="x" points="1,1;a,b;3,3"/>', 'NaN'],
    ['<mask label="x" rle="0,7" left="2" top="1" width="3" height="2"/>', 'do not fit'],
  ])('%s is told of, and the box is drawn', async (shape, message) => {
    const { defect, report, messages } = await taken('annotations.xml', cvat(shape + box));
    expect(defect).toEqual(rectangle);
    expect(report).toMatchObject({ written: 1, refused: 0, lost: 1 });
    expect(messages).toContain('shape 1 is left out');
    expect(messages).toContain(message);
  });

  test('a tag alone takes nothing, and says so', async () => {
    const { report } = await taken('annotations.xml', cvat('<tag label="ok"/>'));
    expect(report).toMatchObject({ written: 0, refused: 1, lost: 1 });
  });

  test('a polyline with a width has an area', async () => {
    const width = '<attribute name="note">a 3</attribute><attribute name="width">2</attribute>';
    const shape = `<polyline label="x" points="3,2;5,2">${width}</polyline>`;
    const { defect } = await taken('annotations.xml', cvat(shape));
    expect(defect.slice(1, 3)).toEqual(['..####....', '..####....']);
  });
});

test('annotations of entries without an image and of refused ones are lost', async () => {
  const folder = await imagesOf(await temporaryFolder(), ['defective/a.png']);
  const source = await temporaryFolder();
  const line = '0 0.1 0.1 0.5 0.1 0.5 0.5\n';
  await writeFileIn(source, 'labels/a.txt', line);
  await writeFileIn(source, 'labels/b.txt', `${line}${line}\n`);
  await writeFileIn(source, 'labels/c.txt', '');
  const report = await imported(folder, source);
  expect(report).toMatchObject({ entries: 3, written: 1, unmatched: 2, lost: 2 });
  const again = await imported(folder, join(source, 'labels/b.txt'));
  expect(again).toMatchObject({ unmatched: 1, lost: 2 });
});
