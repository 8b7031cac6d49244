/** Label preparation, schedule and presets: the parts that the PyTorch fixtures do not show. */
import { describe, expect, test } from 'vitest';
import { connectedRegions, dilate, prepareLabels } from '../../server/method/labels.ts';
import type { LabelOptions } from '../../server/method/labels.ts';
import { classTargetOf, presetOfLayout, presetSettings } from '../../server/method/presets.ts';
import { factorsAt } from '../../server/method/schedule.ts';

const size = { imageWidth: 64, imageHeight: 128 } as const;
const options: LabelOptions = {
  ...size,
  dilation: 1,
  positiveWeight: 3,
  distancePower: 2,
  distanceWeights: true,
  weightsPerRegion: false,
};

/** A mask of the input size with rectangles set. */
function mask(...boxes: readonly (readonly [x: number, y: number, w: number, h: number])[]) {
  const data = new Uint8Array(64 * 128);
  for (const [x, y, w, h] of boxes) {
    for (let r = y; r < y + h; r += 1) data.fill(1, r * 64 + x, r * 64 + x + w);
  }
  return { data, width: 64, height: 128 };
}

describe('labels', () => {
  test('an empty and a full mask weigh one everywhere', () => {
    for (const [m, value] of [
      [mask(), 0],
      [mask([0, 0, 64, 128]), 1],
    ] as const) {
      const { target, weight } = prepareLabels(m, undefined, options);
      expect(target.every((t) => Math.abs(t - value) < 1e-6)).toBe(true);
      expect(weight.every((w) => Math.abs(w - 1) < 1e-6)).toBe(true);
    }
  });

  test('ignored pixels weigh nothing, whether good or defective', () => {
    const defect = mask([8, 8, 16, 16]);
    const all = mask([0, 0, 64, 128]);
    expect(prepareLabels(defect, all, options).weight.every((w) => w === 0)).toBe(true);
    const half = mask([0, 64, 64, 64]);
    const { weight } = prepareLabels(mask(), half, options);
    expect(weight[0]).toBeCloseTo(1, 6);
    expect(weight.at(-1)).toBe(0);
  });

  test('per region, a small defect reaches the same weight as a large one', () => {
    const two = mask([4, 4, 5, 5], [20, 60, 40, 40]);
    const small = (weights: Float32Array): number => weights[1 * 8 + 1] ?? 0;
    const whole = prepareLabels(two, undefined, options).weight;
    const each = prepareLabels(two, undefined, { ...options, weightsPerRegion: true }).weight;
    expect(small(each)).toBeGreaterThan(small(whole));
  });

  test('without distance weights all weights are one', () => {
    const { weight } = prepareLabels(mask([9, 9, 20, 20]), undefined, {
      ...options,
      distanceWeights: false,
    });
    expect(weight.every((w) => Math.abs(w - 1) < 1e-6)).toBe(true);
  });

  test('dilation grows by half its side and brings nothing in from the border', () => {
    const grown = dilate(mask([10, 10, 1, 1]), 7);
    expect(grown.data.reduce((sum, v) => sum + v, 0)).toBe(49);
    expect(dilate(mask([0, 0, 1, 1]), 7).data.reduce((sum, v) => sum + v, 0)).toBe(16);
    expect(dilate(mask(), 7).data.includes(1)).toBe(false);
  });

  test('regions touch at corners', () => {
    const { count } = connectedRegions(Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1), 3, 4);
    expect(count).toBe(3);
  });
});

describe('schedule', () => {
  const settings = presetSettings('ksdd', 5, 33);

  test('the balanced loss goes from the segmentation alone to the classification', () => {
    expect(factorsAt(0, settings)).toMatchObject({ segmentation: 1, classification: 0 });
    const last = factorsAt(49, settings);
    expect(last.segmentation).toBeCloseTo(1 / 50, 10);
    expect(last.classification).toBeCloseTo((49 / 50) * 0.01, 10);
  });

  test('switched off, the factors are 1 and delta', () => {
    const off = { ...settings, balancedLoss: false };
    expect(factorsAt(7, off)).toMatchObject({ segmentation: 1, classification: 0.01 });
  });

  test('the warm-up keeps the gradient stop for its epochs alone', () => {
    const warm = { ...settings, gradientStop: false, stopWarmup: 2 };
    expect([0, 1, 2].map((epoch) => factorsAt(epoch, warm).gradientStop)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('presets', () => {
  test('without a mask there is nothing to balance', () => {
    expect(presetSettings('ksdd', 0, 33)).toMatchObject({
      ...{ learningRate: 0.01, delta: 1, balancedLoss: false },
    });
    expect(presetSettings('dagm', 0, 10).balancedLoss).toBe(false);
    expect(presetSettings('dagm', 1, 10)).toMatchObject({ balancedLoss: true, epochs: 70 });
  });

  test.each([
    [100, 90],
    [500, 90],
    [600, 80],
    [1600, 60],
    [5000, 40],
  ])('severstal with %i positives runs %i epochs', (positives, epochs) => {
    expect(presetSettings('severstal', 10, positives).epochs).toBe(epochs);
  });

  test('own folders and mvtec take ksdd2; the variant sets the class target', () => {
    expect(['folders', 'mvtec', 'dagm'].map((l) => presetOfLayout(l as 'folders'))).toEqual([
      'ksdd2',
      'ksdd2',
      'dagm',
    ]);
    expect([classTargetOf('paper'), classTargetOf('reference')]).toEqual(['label', 'released']);
  });
});
