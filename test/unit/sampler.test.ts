/** The epoch sampler: what an epoch holds, how evenly negatives are used, and going on from a saved state. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EpochSampler, drawLogWeights } from '../../server/data/sampler.ts';
import type { SamplerOptions } from '../../server/data/sampler.ts';

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

const sampler = (positives: number, negatives: number, more: Partial<SamplerOptions> = {}) =>
  new EpochSampler({
    positives: range(0, positives),
    negatives: range(1000, negatives),
    frequencySampling: true,
    seed: 0,
    ...more,
  });

const sizes = fc.record({
  positives: fc.integer({ min: 1, max: 12 }),
  negatives: fc.integer({ min: 1, max: 30 }),
  seed: fc.integer({ min: 0, max: 1000 }),
  frequencySampling: fc.boolean(),
});

test('an epoch is each positive once and as many negatives, negatives taking turns where they are few', () => {
  fc.assert(
    fc.property(sizes, ({ positives, negatives, seed, frequencySampling }) => {
      const s = sampler(positives, negatives, { seed, frequencySampling });
      const uses = Array.from({ length: negatives }, () => 0);
      for (let epoch = 0; epoch < 4; epoch += 1) {
        const ids = s.nextEpoch();
        expect(ids).toHaveLength(2 * positives);
        expect(s.epochLength).toBe(2 * positives);
        expect(ids.filter((id) => id < 1000).sort((a, b) => a - b)).toEqual(range(0, positives));
        const drawn = ids.filter((id) => id >= 1000);
        if (positives <= negatives) expect(new Set(drawn).size).toBe(positives);
        for (const id of drawn) uses[id - 1000] = (uses[id - 1000] ?? 0) + 1;
        // More positives than negatives: all negatives take turns.
        if (positives > negatives) expect(Math.max(...uses) - Math.min(...uses)).toBeLessThan(2);
      }
    }),
  );
});

test('rarely used negatives come first: over many epochs all are used about equally often', () => {
  const s = sampler(5, 23);
  const uses = new Map<number, number>();
  const epochs = 46;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (const id of s.nextEpoch()) if (id >= 1000) uses.set(id, (uses.get(id) ?? 0) + 1);
  }
  const counts = [...uses.values()];
  expect(uses.size).toBe(23);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(8); // 10 each would be even
  expect(Math.max(...counts)).toBeLessThanOrEqual(12);
});

test('the weights are those of the released program', () => {
  // f = 0, 1, 2: s = 1, 1/2, 0, shifted by the median's distance to 1, to the power 4 ln 3.
  const weights = drawLogWeights([0, 1, 2]).map(Math.exp);
  const power = 4 * Math.log(3);
  [1.5 ** power, 1, 0.5 ** power].forEach((w, i) => expect(weights[i]).toBeCloseTo(w, 6));
});

test('a restored sampler draws what the first one would have drawn', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 5 }), (size, before) => {
      const { positives, negatives, seed, frequencySampling } = size;
      const first = sampler(positives, negatives, { seed, frequencySampling });
      for (let epoch = 0; epoch < before; epoch += 1) first.nextEpoch();
      const state: unknown = JSON.parse(JSON.stringify(first.state()));
      const second = sampler(positives, negatives, { seed: 77, frequencySampling });
      second.restore(state as ReturnType<EpochSampler['state']>);
      for (let epoch = 0; epoch < 3; epoch += 1)
        expect(second.nextEpoch()).toEqual(first.nextEpoch());
    }),
  );
  expect(() => sampler(2, 5).restore(sampler(2, 6).state())).toThrow(RangeError);
});

test('another seed draws another order', () => {
  expect(sampler(9, 20, { seed: 1 }).nextEpoch()).not.toEqual(sampler(9, 20).nextEpoch());
});
