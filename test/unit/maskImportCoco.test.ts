/** COCO's instances: polygons, run lengths in both forms, and what is refused. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { eachSpan } from '../../protocol/mask/runs.ts';
import { encodeColumnRuns, readColumnRuns } from '../../server/data/masks/columnRuns.ts';
import {
  countsOf,
  countsOfText,
  drawCounts,
  textOfCounts,
} from '../../server/data/masks/exchange/cocoRuns.ts';
import {
  cocoFile as coco,
  imagesOf,
  imported,
  noPixels as none,
  reader,
  rectangle,
  taken,
  takenImage as image,
  writeJson,
} from '../support/maskExchange.ts';
import { anyBits, drawn } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const countsOfBits = (bits: MaskBits): number[] =>
  countsOf(
    (use) => eachSpan(bits, { x: 0, y: 0, width: bits.width, height: bits.height }, use),
    bits,
  );

describe('run lengths of COCO', () => {
  // As pycocotools 2.0 gives them.
  const known: [string, MaskBits][] = [
    ['4161M0004OM', drawn(['......#', '..###..', '..###..', '.......', '#......'])],
    ['09', drawn(['###', '###', '###'])],
    ['231N', drawn(['..###.#'])],
  ];

  test.each(known)('%s', (text, bits) => {
    expect(textOfCounts(countsOfBits(bits))).toBe(text);
    const back = new MaskBits(bits.width, bits.height);
    drawCounts(countsOfText(text), back);
    expect(back.equals(bits)).toBe(true);
  });

  test('counts begin with a run of 0, go on in the next column, and reach the end', () => {
    expect(countsOfBits(drawn(['##', '##']))).toEqual([0, 4]);
    expect(countsOfBits(drawn(['.#', '#.']))).toEqual([1, 2, 1]);
    expect(countsOfBits(drawn(['..', '..']))).toEqual([4]);
  });

  test('random masks come back as they were, as counts and as Severstal has them', () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const counts = countsOfBits(bits);
        expect(countsOfText(textOfCounts(counts))).toEqual(counts);
        const back = new MaskBits(bits.width, bits.height);
        drawCounts(counts, back);
        expect(back.equals(bits)).toBe(true);
        const { width, height } = bits;
        expect(readColumnRuns(encodeColumnRuns(bits), width, height).equals(bits)).toBe(true);
      }),
    );
  });

  test('random text is counts or a fault, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        try {
          drawCounts(countsOfText(text), new MaskBits(5, 4));
        } catch (error) {
          expect((error as Error).name).toBe('UserError');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('COCO', () => {
  test('polygons are drawn by pixel centres, those of an annotation united', async () => {
    const polygon = [2, 1, 5, 1, 5, 3, 2, 3];
    const one = await taken('coco.json', JSON.stringify(coco([polygon])));
    expect(one.defect).toEqual(rectangle);
    expect(one.report).toMatchObject({ format: 'coco', entries: 1, written: 1, refused: 0 });
    const twice = await taken('coco.json', JSON.stringify(coco([polygon, polygon])));
    expect(twice.defect).toEqual(rectangle);
    const shifted = await taken('coco.json', JSON.stringify(coco([polygon.map((n) => n + 0.4)])));
    expect(shifted.defect).toEqual(rectangle);
  });

  test('run lengths as list and as text', async () => {
    const bits = drawn(rectangle);
    const counts = countsOfBits(bits);
    for (const one of [counts, textOfCounts(counts)]) {
      const text = JSON.stringify(coco({ size: [6, 10], counts: one }));
      expect((await taken('coco.json', text)).defect).toEqual(rectangle);
    }
  });

  test('the category ignore, in any case, is the ignore layer', async () => {
    const value = coco([[2, 1, 5, 1, 5, 3, 2, 3]], { categories: [{ id: 3, name: 'Ignore' }] });
    const { defect, ignore } = await taken('coco.json', JSON.stringify(value));
    expect([defect, ignore]).toEqual([none, rectangle]);
  });

  const polygonOf = (value: unknown) => coco([[value, 1, 5, 1, 5, 3, 2, 3]]);
  const broken: [string, unknown, string][] = [
    ['a huge coordinate', polygonOf(1e9), 'no place near the image'],
    ['a number that is none', polygonOf(null), 'no list of numbers'],
    ['two corners', coco([[1, 1, 2, 2]]), 'fewer than three'],
    ['half a corner', coco([[1, 1, 2, 2, 3, 3, 4]]), 'without its pair'],
    ['another size', coco({ size: [6, 11], counts: [66] }), '11x6'],
    ['too long runs', coco({ size: [6, 10], counts: [0, 1e15] }), 'longer than 10x6'],
    ['too short runs', coco({ size: [6, 10], counts: [3, 4] }), 'shorter than 10x6'],
    ['negative runs', coco({ size: [6, 10], counts: [-1, 61] }), 'no length'],
    ['text cut off', coco({ size: [6, 10], counts: '0Q' }), 'end within a number'],
    ['text of others', coco({ size: [6, 10], counts: 'ü' }), 'none of theirs'],
    ['no counts', coco({ size: [6, 10] }), 'neither a list nor a text'],
    [
      'an image of another size',
      coco([], { images: [{ id: 7, file_name: image, width: 11, height: 6 }] }),
      '11x6 pixels and defective/a.png 10x6',
    ],
  ];

  test.each(broken)('%s costs the image', async (_, value, message) => {
    const { report, messages, defect } = await taken('coco.json', JSON.stringify(value));
    expect(report).toMatchObject({ written: 0, refused: 1 });
    expect(messages).toContain(message);
    expect(defect).toEqual(none);
  });

  test('an Infinity that JSON can hold, and very many corners', async () => {
    const text = JSON.stringify(polygonOf(0)).replace('[[0,', '[[1e999,');
    expect((await taken('coco.json', text)).messages).toContain('Infinity');
    const folder = await imagesOf(await temporaryFolder(), [image]);
    const many = Array.from({ length: 400_000 }, (_, i) => (i % 4 === 1 ? 900_000 : 0));
    const source = await writeJson(await temporaryFolder(), 'coco.json', coco([many]));
    expect(await imported(folder, source)).toMatchObject({ refused: 1, lost: 1 });
  });

  test('annotations of images that are not listed are told of', async () => {
    const { annotations } = coco([[2, 1, 5, 1, 5, 3, 2, 3]]);
    const value = coco([], { annotations: [...annotations, { image_id: 99 }, null] });
    const { messages, defect } = await taken('coco.json', JSON.stringify(value));
    expect(messages).toContain('2 annotations of');
    expect(defect).toEqual(rectangle);
  });

  test('annotations without a segmentation are told of', async () => {
    const { messages, report } = await taken('coco.json', JSON.stringify(coco([])));
    expect(messages).toContain('annotation 1 is left out: it has no segmentation');
    expect(report).toMatchObject({ refused: 1, lost: 1, written: 0 });
  });
});
