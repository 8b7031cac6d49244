/** Each format but COCO that masks are imported from: what it draws, and what it refuses; sources that are none. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import {
  bytesOf,
  cocoFile as coco,
  imagesOf,
  imported,
  indexedPng,
  layersOf,
  noPixels as none,
  reader,
  rectangle,
  taken,
  takenImage as image,
  vocPalette,
  writeFileIn,
  writeJson,
} from '../support/maskExchange.ts';
import { drawn, rowsOf } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const dataset = async (): Promise<string> => await imagesOf(await temporaryFolder(), [image]);

describe('labelme', () => {
  const labelme = (shapes: readonly object[], more: object = {}) =>
    JSON.stringify({
      version: '5.4.1',
      flags: {},
      shapes,
      imagePath: 'a.png',
      imageData: null,
      imageHeight: 6,
      imageWidth: 10,
      ...more,
    });

  test('polygon, rectangle with two and four corners, circle', async () => {
    const corners = [
      [2, 1],
      [5, 1],
      [5, 3],
      [2, 3],
    ];
    const shapes = [
      { label: 'x', points: corners, shape_type: 'polygon' },
      {
        label: 'x',
        points: [
          [5, 3],
          [2, 1],
        ],
        shape_type: 'rectangle',
      },
      { label: 'x', points: corners, shape_type: 'rectangle' },
    ];
    for (const shape of shapes) {
      expect((await taken('a.json', labelme([shape]))).defect).toEqual(rectangle);
    }
    const circle = {
      label: 'ignore',
      points: [
        [3.5, 2.5],
        [5, 2.5],
      ],
      shape_type: 'circle',
    };
    const { defect, ignore } = await taken('a.json', labelme([circle]));
    expect(defect).toEqual(none);
    expect(ignore).toEqual([
      '..........',
      '..###.....',
      '..###.....',
      '..###.....',
      '..........',
      '..........',
    ]);
  });

  test('a mask is a PNG in base64 at its corner', async () => {
    const png = (await bytesOf(drawn(['#.', '##']))).toString('base64');
    const shape = {
      label: 'x',
      points: [
        [3, 2],
        [4, 3],
      ],
      shape_type: 'mask',
      mask: png,
    };
    expect((await taken('a.json', labelme([shape]))).defect.slice(2, 4)).toEqual([
      '...#......',
      '...##.....',
    ]);
    const broken = await taken('a.json', labelme([{ ...shape, mask: 'AAAA' }]));
    expect(broken.messages).toContain('the PNG in a mask cannot be read');
    expect(broken.report.refused).toBe(1);
  });

  test('other shapes are told of, and lead to no pixel', async () => {
    const line = {
      label: 'x',
      points: [
        [1, 1],
        [4, 4],
      ],
      shape_type: 'line',
    };
    const { messages, defect } = await taken('a.json', labelme([line, line]));
    expect(messages).toContain('2 shapes (1, 2) are left out: a line without a width');
    expect(defect).toEqual(none);
  });

  test('broken points and names that lead out', async () => {
    const bad = { label: 'x', points: [[1, null]], shape_type: 'polygon' };
    expect((await taken('a.json', labelme([bad]))).messages).toContain('no pair of numbers');
    const outside = labelme([], { imagePath: '../../../etc/passwd' });
    const { report, messages } = await taken('other.json', outside);
    expect(report.unmatched).toBe(1);
    expect(messages).toContain('no image of the dataset');
  });

  test('in a folder, a broken file costs its image alone', async () => {
    const folder = await imagesOf(await temporaryFolder(), [image, 'defective/b.png']);
    const source = await temporaryFolder();
    await writeFileIn(source, 'labels/a.json', labelme([]).slice(0, 60));
    const shape = {
      label: 'x',
      points: [
        [2, 1],
        [5, 3],
      ],
      shape_type: 'rectangle',
    };
    await writeFileIn(
      source,
      'labels/b.json',
      labelme([shape], { imagePath: '..\\images\\b.png' }),
    );
    const report = await imported(folder, source);
    expect(report).toMatchObject({ format: 'labelme', entries: 2, refused: 1, written: 1 });
    expect(rowsOf((await layersOf(folder, 'defective/b.png')).defect)).toEqual(rectangle);
  });
});

describe('Pascal VOC', () => {
  test('index 0 is the background, 255 is ignored, all else is a defect', async () => {
    const rows = Array.from({ length: 6 }, (_, y) =>
      Array.from({ length: 10 }, (_, x) => (y === 2 && x < 3 ? 15 : y === 4 && x > 7 ? 255 : 0)),
    );
    const png = indexedPng(rows, vocPalette);
    expect(vocPalette[255]).toEqual([224, 224, 192]);
    const { defect, ignore, report } = await taken('SegmentationClass/a.png', png);
    expect(report.format).toBe('voc');
    expect(defect[2]).toBe('###.......');
    expect(ignore[4]).toBe('........##');
    expect(defect.join('').replaceAll('.', '')).toBe('###');
  });

  test('colours without a palette, and grey values, are classes as well', async () => {
    const colours = Buffer.alloc(180);
    colours.set([128, 0, 0], 0);
    colours.set([224, 224, 192], 3);
    const raw = { width: 10, height: 6, channels: 3 } as const;
    const rgb = await sharp(colours, { raw }).png().toBuffer();
    const first = await taken('SegmentationClass/a.png', rgb);
    expect([first.defect[0], first.ignore[0]]).toEqual(['#.........', '.#........']);
    const values = Buffer.alloc(60);
    values.set([1, 255], 0);
    const flat = { width: 10, height: 6, channels: 1 } as const;
    const grey = await sharp(values, { raw: flat }).toColourspace('b-w').png().toBuffer();
    const second = await taken('SegmentationClass/a.png', grey);
    expect([second.defect[0], second.ignore[0]]).toEqual(['#.........', '.#........']);
  });
});

describe('YOLO', () => {
  test('segments, boxes, and the class ignore of classes.txt', async () => {
    const folder = await dataset();
    const source = await temporaryFolder();
    await writeFileIn(source, 'classes.txt', 'scratch\nignore\n');
    const y = (value: number) => (value / 6).toFixed(9);
    const lines = [
      `0 0.2 ${y(1)} 0.5 ${y(1)} 0.5 ${y(3)} 0.2 ${y(3)}`,
      `1 0.35 ${y(2)} 0.3 ${y(2)}`,
      '',
    ];
    await writeFileIn(source, 'labels/a.txt', lines.join('\r\n'));
    const report = await imported(folder, source);
    expect(report).toMatchObject({ format: 'yolo', written: 1 });
    const { defect, ignore } = await layersOf(folder, image);
    expect([rowsOf(defect), rowsOf(ignore)]).toEqual([rectangle, rectangle]);
  });

  test('text that is nearly a label is told apart at once', async () => {
    const long = `0 ${'123456 '.repeat(500)}x`;
    await expect(taken('labels/a.txt', long)).rejects.toThrow('holds no masks');
  });

  test('a line that is none costs itself, with its number', async () => {
    const text = '0 0.1 0.1 0.6 0.1 0.6 0.6\n0 a b c d e f\n';
    const { messages, report } = await taken('a.txt', text);
    expect(messages).toContain('line 2 is left out');
    expect(report).toMatchObject({ written: 1, refused: 0, lost: 1 });
  });
});

describe('CVAT', () => {
  const cvat = (inside: string, size = 'width="10" height="6"') =>
    `<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task/></meta><image id="0" name="a.png" ${size}>${inside}</image></annotations>`;
  const shapes: [string, string][] = [
    ['polygon', '<polygon label="x" points="2.00,1.00;5.00,1.00;5.00,3.00;2.00,3.00"/>'],
    ['box', '<box label="x" xtl="2" ytl="1" xbr="5" ybr="3"/>'],
    ['turned box', '<box label="x" xtl="2.5" ytl="0.5" xbr="4.5" ybr="3.5" rotation="90"/>'],
    ['mask', '<mask label="x" rle="0, 6" left="2" top="1" width="3" height="2"></mask>'],
    [
      'mask with a border',
      '<mask label="x" rle="6,3,2,3,6" left="1" top="0" width="5" height="4"/>',
    ],
  ];

  test.each(shapes)('%s', async (_, shape) => {
    const { defect, report } = await taken('annotations.xml', cvat(shape));
    expect(report.format).toBe('cvat');
    expect(defect).toEqual(rectangle);
  });

  test('an ellipse, the label ignore, and attributes within shapes', async () => {
    const ellipse =
      '<ellipse label="IGNORE" cx="3.5" cy="2.5" rx="1.5" ry="1.5" rotation="30"><attribute name="a">b</attribute></ellipse>';
    const { defect, ignore } = await taken('annotations.xml', cvat(ellipse));
    expect(defect).toEqual(none);
    expect(ignore[2]).toBe('..###.....');
  });

  const broken: [string, string, string][] = [
    ['a polygon', '<polygon label="x" points="1,1;a,b;3,3"/>', 'NaN'],
    ['a huge polygon', '<polygon label="x" points="1,1;1e9,1;3,3"/>', '1000000000'],
    ['a box', '<box label="x" xtl="q" ytl="1" xbr="5" ybr="3"/>', 'no number'],
    [
      'a mask outside',
      '<mask label="x" rle="0,6" left="9" top="1" width="3" height="2"/>',
      'leads out',
    ],
    [
      'a giant mask',
      '<mask label="x" rle="0,6" left="0" top="0" width="1000000000" height="1000000000"/>',
      'leads out',
    ],
    [
      'long runs',
      '<mask label="x" rle="0,7" left="2" top="1" width="3" height="2"/>',
      'do not fit',
    ],
    ['short runs', '<mask label="x" rle="0,5" left="2" top="1" width="3" height="2"/>', 'shorter'],
    [
      'runs of words',
      '<mask label="x" rle="a" left="2" top="1" width="3" height="2"/>',
      'do not fit',
    ],
  ];

  test.each(broken)('%s costs the image', async (_, shape, message) => {
    const { messages, report } = await taken('annotations.xml', cvat(shape));
    expect(messages).toContain(message);
    expect(report).toMatchObject({ refused: 1, written: 0 });
  });

  test('an entity bomb, cut off XML and other XML are refused', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><annotations><image name="&c;"/></annotations>`;
    await expect(taken('a.xml', bomb)).rejects.toThrow('document type');
    await expect(taken('a.xml', cvat('<box label="&bomb;"/>'))).rejects.toThrow('no XML');
    await expect(taken('a.xml', cvat('').slice(0, 150))).rejects.toThrow('no XML');
    await expect(taken('a.xml', '<svg/>')).rejects.toThrow('begins with <svg>');
  });

  test('an attribute of a megabyte is read', async () => {
    const runs = `0,6${' '.repeat(1_000_000)}`;
    const mask = `<mask label="x" rle="${runs}" left="2" top="1" width="3" height="2"/>`;
    expect((await taken('annotations.xml', cvat(mask))).defect).toEqual(rectangle);
  });
});

describe("Severstal's table", () => {
  test('rows of an image are united, in both forms', async () => {
    const newer = 'ImageId,ClassId,EncodedPixels\na.png,1,14 2\na.png,3,"20 2 26 2"\n';
    const older = 'ImageId_ClassId,EncodedPixels\na.png_1,14 2 20 2 26 2\na.png_2,\n';
    for (const text of [newer, older]) {
      const { defect, report } = await taken('train.csv', text);
      expect(report.format).toBe('severstal');
      expect(defect).toEqual(rectangle);
    }
  });

  test.each([
    ['1 2 3', 'pairs'],
    ['0 2', 'pairs'],
    ['59 3', 'lead out of 10x6'],
    ['1 1000000000000', 'lead out'],
  ])('%s costs the image', async (runs, message) => {
    const text = `ImageId,ClassId,EncodedPixels\na.png,1,${runs}\n`;
    const { messages, report } = await taken('train.csv', text);
    expect(messages).toContain(message);
    expect(report.refused).toBe(1);
  });
});

describe('sources that cannot be used', () => {
  test.each([
    ['a.json', '{"images": [', 'not valid JSON'],
    ['a.json', '{"a": 1}', 'neither of COCO'],
    ['a.csv', 'a,b\n1,2\n', 'no columns ImageId'],
    ['a.pdf', 'x', 'no masks in a format that is read'],
  ])('%s: %s', async (name, text, message) => {
    await expect(taken(name, text)).rejects.toThrow(message);
  });

  test('a missing one, an empty folder, one of two formats, two COCO files, a wrong format', async () => {
    const folder = await dataset();
    await expect(imported(folder, join(folder, 'nowhere'))).rejects.toThrow('does not exist');
    const empty = await temporaryFolder();
    await expect(imported(folder, empty)).rejects.toThrow('holds no masks');
    const both = await temporaryFolder();
    await writeJson(both, 'a.json', coco([]));
    await writeFileIn(both, 'b.txt', '0 0.1 0.1 0.2 0.2\n');
    await expect(imported(folder, both)).rejects.toThrow('say which format');
    expect((await imported(folder, both, { format: 'coco' })).format).toBe('coco');
    await writeJson(both, 'c.json', coco([]));
    await expect(imported(folder, both, { format: 'coco' })).rejects.toThrow('2 files');
    await expect(imported(folder, both, { format: 'cvat' })).rejects.toThrow('is not an XML file');
    const file = await writeJson(await temporaryFolder(), 'a.json', coco([]));
    await expect(imported(folder, file, { format: 'png' })).rejects.toThrow('is not a folder');
  });

  test('random bytes with each ending are a sentence or an empty report', async () => {
    const folder = await dataset();
    const source = await temporaryFolder();
    const endings = ['json', 'xml', 'csv', 'txt'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...endings),
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (ending, bytes) => {
          const file = await writeFileIn(source, `a.${ending}`, bytes);
          try {
            await imported(folder, file);
          } catch (error) {
            expect((error as Error).name, String(error)).toBe('UserError');
          }
        },
      ),
      { numRuns: 60 },
    );
    expect((await readFile(join(folder, image))).length).toBeGreaterThan(0);
  });
});
