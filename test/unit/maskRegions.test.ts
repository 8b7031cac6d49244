/** Regions and what is done to whole masks, against floods and distances pixel by pixel. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import * as regions from '../../protocol/mask/regions.ts';
import { anyBits, bitsWhere, drawn, rowsOf } from '../support/masks.ts';

/** The pixels of each region, in the order of first pixels. */
function flooded(bits: MaskBits, value: boolean, neighbours: 4 | 8): [number, number][][] {
  const seen = new Set<string>();
  const isIn = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < bits.width && y < bits.height && bits.has(x, y) === value;
  const flood = (start: [number, number]): [number, number][] => {
    const found = [start];
    for (const [x, y] of found) {
      for (const [dx, dy] of [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b] as const))) {
        if (neighbours === 4 && dx !== 0 && dy !== 0) continue;
        if (seen.has(`${x + dx},${y + dy}`) || !isIn(x + dx, y + dy)) continue;
        seen.add(`${x + dx},${y + dy}`);
        found.push([x + dx, y + dy]);
      }
    }
    return found;
  };
  const all: [number, number][][] = [];
  for (let y = 0; y < bits.height; y += 1) {
    for (let x = 0; x < bits.width; x += 1) {
      if (!isIn(x, y) || seen.has(`${x},${y}`)) continue;
      seen.add(`${x},${y}`);
      all.push(flood([x, y]));
    }
  }
  return all;
}

const put = (bits: MaskBits, pixels: readonly [number, number][], value: boolean): void => {
  for (const [x, y] of pixels) bits.fill(y, x, x + 1, value);
};

test('regions are what floods find', () => {
  fc.assert(
    fc.property(anyBits, fc.constantFrom(4, 8), (bits, neighbours) => {
      const found = regions.regionsOf(bits, neighbours);
      const expected = flooded(bits, true, neighbours);
      expect(found.count).toBe(expected.length);
      expect(found.areas).toEqual(expected.map((pixels) => pixels.length));
    }),
  );
});

test('holes are filled and nothing else', () => {
  fc.assert(
    fc.property(anyBits, (bits) => {
      const expected = bits.clone();
      for (const pixels of flooded(bits, false, 4)) {
        const touches = pixels.some(
          ([x, y]) => x === 0 || y === 0 || x === bits.width - 1 || y === bits.height - 1,
        );
        if (!touches) put(expected, pixels, true);
      }
      expect(rowsOf(regions.withoutHoles(bits))).toEqual(rowsOf(expected));
    }),
  );
  const ring = ['.##..', '#..#.', '.##.#', '....#'];
  expect(rowsOf(regions.withoutHoles(drawn(ring)))).toEqual(['.##..', '####.', '.##.#', '....#']);
});

test('specks are removed and nothing else', () => {
  fc.assert(
    fc.property(anyBits, fc.nat(12), (bits, smallest) => {
      const expected = bits.clone();
      const specks = flooded(bits, true, 8).filter((pixels) => pixels.length < smallest);
      for (const pixels of specks) put(expected, pixels, false);
      expect(rowsOf(regions.withoutSpecks(bits, smallest))).toEqual(rowsOf(expected));
      expect(regions.specksOf(bits, smallest).count).toBe(specks.length);
    }),
  );
});

const reach = fc.constantFrom<regions.Reach>('disc', 'square');

/** Whether a pixel of this value is within reach. */
const isNear =
  (bits: MaskBits, value: boolean, pixels: number, how: regions.Reach) =>
  (x: number, y: number): boolean => {
    for (let v = -pixels; v <= pixels; v += 1) {
      for (let u = -pixels; u <= pixels; u += 1) {
        const [atX, atY] = [x + u, y + v];
        if (atX < 0 || atY < 0 || atX >= bits.width || atY >= bits.height) continue;
        if (how === 'disc' && u * u + v * v > pixels * pixels) continue;
        if (bits.has(atX, atY) === value) return true;
      }
    }
    return false;
  };

test('growing and shrinking go by distance', () => {
  fc.assert(
    fc.property(anyBits, fc.integer({ min: 1, max: 5 }), reach, (bits, pixels, how) => {
      const { width, height } = bits;
      const isGrown = isNear(bits, true, pixels, how);
      expect(rowsOf(regions.grown(bits, pixels, how))).toEqual(
        rowsOf(bitsWhere(width, height, isGrown)),
      );
      const isLost = isNear(bits, false, pixels, how);
      expect(rowsOf(regions.shrunk(bits, pixels, how))).toEqual(
        rowsOf(bitsWhere(width, height, (x, y) => !isLost(x, y))),
      );
    }),
  );
});

test('inverted twice is the same, and no bit lies beyond the width', () => {
  fc.assert(
    fc.property(anyBits, (bits) => {
      const other = regions.inverted(bits);
      expect(other.count()).toBe(bits.width * bits.height - bits.count());
      expect(regions.inverted(other)).toEqual(bits);
    }),
  );
});

test('a mask of 4096 x 4096 with a million runs is counted quickly', () => {
  const bits = new MaskBits(4096, 4096);
  for (let y = 0; y < 4096; y += 2) {
    for (let word = 0; word < bits.stride; word += 1) {
      bits.words[y * bits.stride + word] = 0x01010101;
    }
  }
  const start = performance.now();
  expect(regions.regionsOf(bits).count).toBe((4096 / 2) * (4096 / 8));
  // Far above what it takes, far below what a flood by pixels would.
  expect(performance.now() - start).toBeLessThan(3000);
});
