/**
 * A map with one hot cell, and what each part draws or measures of it: centred within half a pixel of the
 * point that the cell stands for, on images that were enlarged and shrunk to the network's input.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { cellOfPoint, mapAtSize, mapSizeOf, pointOfCell } from '../../protocol/mapGeometry.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { Size } from '../../protocol/mask/raster.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { prepareLabels, reduceToMap } from '../../server/method/labels.ts';
import { samplePictures } from '../../server/report/pictures.ts';
import { comparePixels } from '../../server/runs/pixels.ts';
import { predictedRegion, wholePrediction } from '../../webview-ui/maskEditor/tools/prediction.ts';
import { apart, centreOf, heatOf, hotMap, inputAndImages, placeOf } from '../support/hotMap.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { input, images } = inputAndImages;
const map = mapSizeOf(input);
const cells = [
  { x: 5, y: 9 },
  { x: 11, y: 4 },
];
const cases = images.flatMap((image) => cells.map((cell) => ({ image, cell })));
const named = cases.map((one) => [`${one.image.width}x${one.image.height}`, one] as const);

const reader = createImageReader({ workers: 1 });
afterAll(() => reader.dispose());

/** A grey photo, and the map of its run as a run folder has it. */
async function files({ width, height }: Size, cell: (typeof cells)[number]) {
  const root = await temporaryFolder();
  const hot = hotMap(map, cell);
  await mkdir(join(root, 'ok'));
  await writeFile(
    join(root, 'ok', 'a.png'),
    await encodeGreyPng(new Uint8Array(width * height).fill(128), width, height),
  );
  const heatmap = join(root, 'map.png');
  await writeFile(heatmap, await encodeGreyPng(hot.values, hot.width, hot.height));
  return { root, photo: join(root, 'ok', 'a.png'), heatmap };
}

const pixels = async (jpeg: Uint8Array) =>
  await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true });

/** Where the colours of a picture lie, that has them over another one; with the picture's size. */
async function coloursOf(plain: Uint8Array, overlay: Uint8Array) {
  const [without, heated] = await Promise.all([pixels(plain), pixels(overlay)]);
  const { width, height } = heated.info;
  return {
    centre: centreOf(heatOf(without.data, heated.data), width),
    size: { width, height },
  };
}

const sample: Sample = { image: 'ok/a.png', label: 'ok', split: 'test', kind: '', weak: false };

test('a cell stands for the middle of the window that its target is the average of', () => {
  const side = 64;
  const ramp = Float32Array.from({ length: side * side }, (_, i) => (i % side) + 0.5);
  const reduced = reduceToMap(ramp, side, side);
  // The outermost windows are mirrored at the border.
  for (let cell = 1; cell < side / 8 - 1; cell += 1) {
    expect(reduced[cell]).toBeCloseTo(pointOfCell(cell, side / 8, side), 4);
    expect(cellOfPoint(8 * cell + 0.5, side / 8, side)).toBeCloseTo(cell, 9);
  }
});

test.each(images)(
  'a target map, enlarged, lies on the mask that it was made from, on %o',
  (image) => {
    const options = {
      ...{ ...input, dilation: 7, positiveWeight: 1, distancePower: 2 },
      ...{ distanceWeights: true, weightsPerRegion: false },
    };
    // A blob of a ninth of each side, where its dilation and its windows do not reach the border.
    const isIn = (x: number, y: number): boolean =>
      Math.hypot((x / image.width - 0.55) * 18, (y / image.height - 0.4) * 18) < 1;
    const data = Uint8Array.from({ length: image.width * image.height }, (_, i) =>
      isIn((i % image.width) + 0.5, Math.floor(i / image.width) + 0.5) ? 1 : 0,
    );
    const { target } = prepareLabels({ ...image, data }, undefined, options);
    const enlarged = mapAtSize({ ...map, values: target }, image);
    expect(apart(centreOf(enlarged, image.width), centreOf(data, image.width))).toBeLessThan(0.5);
  },
);

test('at any size a hot cell is centred on its point, and constants stay', () => {
  const side = fc.integer({ min: 4, max: 160 });
  fc.assert(
    fc.property(side, side, fc.nat(3), (width, height, at) => {
      const size = { width: 18, height: 20 };
      const cell = { x: 7 + at, y: 8 + at };
      const large = mapAtSize(hotMap(size, cell), { width, height });
      const right = placeOf(cell, size, { width, height });
      expect(apart(centreOf(large, width), right)).toBeLessThan(0.5);
      const flat = { ...size, values: hotMap(size, cell).values.fill(77) };
      expect(new Set(mapAtSize(flat, { width, height }))).toEqual(new Set([77]));
    }),
  );
});

describe('a hot cell is centred on its point', () => {
  test.each(named)('in the pixel metrics of an image of %s', async (_, { image, cell }) => {
    const { root } = await files(image, cell);
    const network = { variant: 'paper', width: 1, channels: 1, ...input } as const;
    const values = Float32Array.from(hotMap(map, cell).values, (value) => value / 255);
    const compared = await comparePixels(reader, root, sample, network, values);
    if (typeof compared === 'string') throw new Error(compared);
    expect(compared).toMatchObject(image);
    const centre = centreOf(compared.probabilities, image.width);
    expect(apart(centre, placeOf(cell, map, image))).toBeLessThan(0.5);
  });

  test.each(named)('in pictures of an image of %s, large and small', async (_, one) => {
    const { photo, heatmap } = await files(one.image, one.cell);
    // The last is smaller than the map.
    for (const side of [2048, 100, 16]) {
      const { jpeg } = await reader.picture(photo, { side });
      const { jpeg: heated } = await reader.picture(photo, { side, heatmap });
      const { centre, size } = await coloursOf(jpeg, heated);
      expect(apart(centre, placeOf(one.cell, map, size)), `side ${side}`).toBeLessThan(0.5);
    }
  });

  test.each(named)('on the report page, for an image of %s', async (_, { image, cell }) => {
    const { root, heatmap } = await files(image, cell);
    const made = await samplePictures(reader, root, sample, heatmap);
    const [plain, overlay] = [made?.plain, made?.overlay].map((uri) =>
      Buffer.from(uri?.split(',')[1] ?? '', 'base64'),
    );
    if (plain === undefined || overlay === undefined) throw new Error('there are no pictures');
    const { centre, size } = await coloursOf(plain, overlay);
    expect(apart(centre, placeOf(cell, map, size))).toBeLessThan(0.5);
  });

  test.each(named)('in what is accepted into the mask of an image of %s', (_, { image, cell }) => {
    const right = placeOf(cell, map, image);
    const hot = hotMap(map, cell);
    const whole = wholePrediction(hot, image, 0.5);
    const clicked = predictedRegion(hot, image, 0.5, right);
    for (const bits of [whole.bits, clicked?.bits]) {
      const set = Uint8Array.from({ length: image.width * image.height }, (__, i) =>
        bits?.has(i % image.width, Math.floor(i / image.width)) === true ? 1 : 0,
      );
      expect(apart(centreOf(set, image.width), right)).toBeLessThan(0.5);
    }
  });
});
