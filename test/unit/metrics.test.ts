/** Metrics against plain, slow computations of their definitions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../protocol/outcome.ts';
import { PixelMetrics, imageMetrics } from '../../server/metrics/index.ts';
import type { PixelImage } from '../../server/metrics/index.ts';
import { binsOf, lowerEdge } from '../../server/metrics/probabilityBins.ts';

/** Scores with many ties. */
const cases = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 8 })), {
    minLength: 2,
    maxLength: 30,
  })
  .map((rows) => ({ labels: rows.map(([l]) => l), scores: rows.map(([, s]) => s / 8) }))
  .filter(({ labels }) => labels.includes(0) && labels.includes(1));

describe('metrics per image', () => {
  it('gives the area under ROC as the share of pairs in the right order', () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        let pairs = 0;
        let right = 0;
        labels.forEach((p, i) =>
          labels.forEach((n, j) => {
            if (p !== 1 || n !== 0) return;
            pairs += 1;
            const [high = 0, low = 0] = [scores[i], scores[j]];
            right += high > low ? 1 : high === low ? 0.5 : 0;
          }),
        );
        expect(imageMetrics(labels, scores).auc).toBeCloseTo(right / pairs, 10);
      }),
    );
  });

  it('gives counts that can be counted again at its threshold', () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        const metrics = imageMetrics(labels, scores);
        const outcomes = scores.map((score, i) =>
          outcomeOf(labels[i] === 1 ? 'defective' : 'ok', score, metrics.threshold ?? 0),
        );
        const count = (outcome: string) => outcomes.filter((o) => o === outcome).length;
        expect(metrics.falsePositives).toBe(count('FP'));
        expect(metrics.falseNegatives).toBe(count('FN'));
        const truePositives = count('TP');
        const f1 = (2 * truePositives) / (2 * truePositives + count('FP') + count('FN'));
        expect(metrics.f1).toBeCloseTo(f1, 6);
        const lowest = Math.min(...scores.filter((_, i) => labels[i] === 1));
        const above = scores.filter((s, i) => labels[i] === 0 && s >= lowest).length;
        expect(metrics.falsePositivesAtZeroFalseNegatives).toBe(above);
      }),
    );
  });

  it('does not depend on the order of the images', () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        const turned = imageMetrics([...labels].reverse(), [...scores].reverse());
        expect(turned).toEqual(imageMetrics(labels, scores));
      }),
    );
  });

  it('says why it is undefined, and never gives 0 or NaN, where a class is missing', () => {
    for (const [labels, reason] of [
      [[1, 1], 'there are no good images'],
      [[0, 0], 'there are no defective images'],
      [[], 'there are no labelled images'],
    ] as const) {
      const metrics = imageMetrics(
        labels,
        labels.map(() => 0.5),
      );
      expect(metrics.averagePrecision).toBeNull();
      expect(metrics.falseNegatives).toBeNull();
      expect(metrics.curves).toBeNull();
      expect(metrics.reasons['averagePrecision']).toBe(reason);
    }
  });

  it('names no outcome without a label or a score', () => {
    expect(outcomeOf('unlabelled', 0.9, 0.5)).toBe('');
    expect(outcomeOf('defective', null, 0.5)).toBe('');
    expect(outcomeOf('defective', 0.5, 0.5)).toBe('TP');
  });
});

const probability = fc.float({ min: 0, max: 1, noNaN: true });

describe('bins of probabilities', () => {
  it('keep the order and have exact edges', () => {
    fc.assert(
      fc.property(probability, probability, (a, b) => {
        const [binA = 0, binB = 0] = binsOf(Float32Array.of(a, b));
        if (a < b) expect(binA).toBeLessThanOrEqual(binB);
        expect(a >= lowerEdge(binB)).toBe(binA >= binB);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Small images whose probabilities fall into few, far bins. */
const images = fc
  .record({ width: fc.integer({ min: 1, max: 7 }), height: fc.integer({ min: 1, max: 7 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      mask: fc
        .array(fc.constantFrom(0, 0, 0, 1, 255), {
          minLength: width * height,
          maxLength: width * height,
        })
        .map((m) => Uint8Array.from(m)),
      probabilities: fc
        .array(fc.constantFrom(0, 0.1, 0.3, 0.5, 0.75, 0.9, 1), {
          minLength: width * height,
          maxLength: width * height,
        })
        .map((p) => Float32Array.from(p)),
    }),
  );

/** 8-connected regions of the pixels that are on, by flooding. */
function regionsOf(on: readonly boolean[], width: number): number[][] {
  const seen = new Set<number>();
  const regions: number[][] = [];
  const near = (a: number, b: number) =>
    Math.abs((a % width) - (b % width)) <= 1 &&
    Math.abs(Math.floor(a / width) - Math.floor(b / width)) <= 1;
  on.forEach((value, start) => {
    if (!value || seen.has(start)) return;
    const region = [start];
    seen.add(start);
    for (const pixel of region) {
      on.forEach((other, i) => {
        if (!other || seen.has(i) || !near(pixel, i)) return;
        seen.add(i);
        region.push(i);
      });
    }
    regions.push(region);
  });
  return regions;
}

function plainly(set: readonly PixelImage[], threshold: number) {
  let [defects, met, falseRegions, hits, called, defective] = [0, 0, 0, 0, 0, 0];
  for (const { mask, probabilities, width } of set) {
    const predicted = [...probabilities].map((p, i) => p >= threshold && mask[i] !== 255);
    const truth = [...mask].map((m) => m === 1);
    for (const region of regionsOf(truth, width)) {
      defects += 1;
      if (region.some((i) => predicted[i])) met += 1;
    }
    falseRegions += regionsOf(predicted, width).filter((r) => !r.some((i) => truth[i])).length;
    if (!truth.includes(true)) continue;
    hits += truth.filter((t, i) => t && predicted[i]).length;
    called += predicted.filter(Boolean).length;
    defective += truth.filter(Boolean).length;
  }
  return {
    defectRecall: met / defects,
    falseRegionsPerImage: falseRegions / set.length,
    pixelIou: hits / (called + defective - hits),
    pixelDice: (2 * hits) / (called + defective),
  };
}

describe('metrics per pixel and per defect', () => {
  it('are those of a plain computation at the threshold that they name', () => {
    fc.assert(
      fc.property(fc.array(images, { minLength: 1, maxLength: 4 }), (set) => {
        fc.pre(set.some(({ mask }) => mask.includes(1)));
        const metrics = new PixelMetrics();
        for (const image of set) metrics.add(image);
        const result = metrics.result();
        const expected = plainly(set, result.pixelThreshold ?? Number.NaN);
        for (const [name, value] of Object.entries(expected)) {
          expect(result[name as keyof typeof expected], name).toBeCloseTo(value, 10);
        }
        const byArea = result.defectsByArea.reduce((sum, { met }) => sum + met, 0);
        const all = result.defectsByArea.reduce((sum, { defects }) => sum + defects, 0);
        expect(byArea / all).toBeCloseTo(result.defectRecall ?? Number.NaN, 10);
      }),
      { numRuns: 300 },
    );
  });

  it('give the step-wise AP of all pixels', () => {
    fc.assert(
      fc.property(images, (image) => {
        fc.pre(image.mask.includes(1) && image.mask.includes(0));
        const metrics = new PixelMetrics();
        metrics.add(image);
        const counted = [...image.mask].map((_, i) => i).filter((i) => image.mask[i] !== 255);
        const plain = imageMetrics(
          counted.map((i) => image.mask[i] ?? 0),
          counted.map((i) => image.probabilities[i] ?? 0),
        );
        expect(metrics.result().pixelAveragePrecision).toBeCloseTo(
          plain.averagePrecisionStep ?? Number.NaN,
          10,
        );
      }),
    );
  });

  it('are null with the reason where no mask has a defective pixel', () => {
    const metrics = new PixelMetrics();
    metrics.add({
      mask: new Uint8Array(4),
      probabilities: Float32Array.of(0, 0.1, 0.9, 1),
      width: 2,
      height: 2,
    });
    const result = metrics.result();
    expect(result.pixelIou).toBeNull();
    expect(result.reasons['pixelIou']).toBe('no image has a mask with defective pixels');
  });
});
