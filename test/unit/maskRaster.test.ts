/** Shapes in pixels against the rule said in words, pixel by pixel; screens do not matter. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { Point, Shape } from '../../protocol/mask/raster.ts';
import { eachShapeSpan, rotatedCorners } from '../../protocol/mask/raster.ts';
import { regionsOf } from '../../protocol/mask/regions.ts';
import { bitsWhere, drawn, pixelsOfShape, rowsOf } from '../support/masks.ts';

const [width, height] = [60, 40];
const made = (shape: Shape): string[] => rowsOf(pixelsOfShape(shape, width, height));
const expected = (isSet: (x: number, y: number) => boolean): string[] =>
  rowsOf(bitsWhere(width, height, isSet));

const point: fc.Arbitrary<Point> = fc.record({
  x: fc.integer({ min: -320, max: 1280 }).map((x) => x / 16),
  y: fc.integer({ min: -320, max: 960 }).map((y) => y / 16),
});
const diameter = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 90 }));

/** In half pixels. */
const snapped = ({ x, y }: Point, size: number): [number, number] =>
  size % 2 === 1
    ? [2 * Math.floor(x) + 1, 2 * Math.floor(y) + 1]
    : [2 * Math.round(x), 2 * Math.round(y)];

/** Distance to the segment at most the radius, with exact integers. */
function isUnderDisc(from: Point, to: Point, size: number, x: number, y: number): boolean {
  const [[ax, ay], [bx, by]] = [snapped(from, size), snapped(to, size)];
  const [u, v] = [2 * x + 1 - ax, 2 * y + 1 - ay];
  const [dx, dy] = [bx - ax, by - ay];
  const [dot, length2] = [dx * u + dy * v, dx * dx + dy * dy];
  if (dot <= 0) return u * u + v * v <= size * size;
  if (dot >= length2) return (u - dx) ** 2 + (v - dy) ** 2 <= size * size;
  const cross = BigInt(dx * v - dy * u);
  return cross * cross <= BigInt(size * size) * BigInt(length2);
}

/** Some moment t of the sweep has the pixel's centre within the open square. */
function isUnderSquare(from: Point, to: Point, size: number, x: number, y: number): boolean {
  const [[ax, ay], [bx, by]] = [snapped(from, size), snapped(to, size)];
  let [low, high] = [0, 1];
  let isOpenAtEnds = false;
  for (const [offset, way] of [
    [2 * x + 1 - ax, bx - ax],
    [2 * y + 1 - ay, by - ay],
  ] as const) {
    if (way === 0) {
      if (Math.abs(offset) >= size) return false;
      continue;
    }
    const [a, b] = [(offset - size) / way, (offset + size) / way];
    low = Math.max(low, Math.min(a, b));
    high = Math.min(high, Math.max(a, b));
    isOpenAtEnds = true;
  }
  return isOpenAtEnds ? high - low > 1e-9 : true;
}

describe('strokes', () => {
  test('a round brush paints what is within its radius', () => {
    fc.assert(
      fc.property(point, point, diameter, (from, to, size) => {
        expect(made({ kind: 'stroke', from, to, diameter: size, square: false })).toEqual(
          expected((x, y) => isUnderDisc(from, to, size, x, y)),
        );
      }),
    );
  });

  test('a square brush paints what the square passes over', () => {
    fc.assert(
      fc.property(point, point, diameter, (from, to, size) => {
        expect(made({ kind: 'stroke', from, to, diameter: size, square: true })).toEqual(
          expected((x, y) => isUnderSquare(from, to, size, x, y)),
        );
      }),
    );
  });

  test('are one region without pinholes, at every size', () => {
    const inside = fc.record({ x: fc.nat(width - 1), y: fc.nat(height - 1) });
    fc.assert(
      fc.property(inside, inside, diameter, fc.boolean(), (from, to, size, square) => {
        const bits = pixelsOfShape(
          { kind: 'stroke', from, to, diameter: size, square },
          width,
          height,
        );
        expect(regionsOf(bits).count).toBe(1);
        // One span a row: nothing is left out within.
        for (const row of rowsOf(bits)) expect(row).toMatch(/^\.*#*\.*$/);
      }),
    );
  });

  test.each([
    [1, false, ['.....', '.....', '..#..', '.....', '.....']],
    [2, false, ['.....', '.....', '..##.', '..##.', '.....']],
    [3, false, ['.....', '.###.', '.###.', '.###.', '.....']],
    [4, false, ['.....', '..##.', '.####', '.####', '..##.']],
    [5, false, ['.###.', '#####', '#####', '#####', '.###.']],
    [4, true, ['.....', '.####', '.####', '.####', '.####']],
  ])('a stamp of diameter %d (square: %s)', (size, square, rows) => {
    const at = size % 2 === 1 ? { x: 2.4, y: 2.7 } : { x: 2.6, y: 3.4 };
    const stamp: Shape = { kind: 'stroke', from: at, to: at, diameter: size, square };
    expect(rowsOf(pixelsOfShape(stamp, 5, 5))).toEqual(rowsOf(drawn(rows)));
  });

  test('are exact at the far end of the largest image', () => {
    const rows: [number, number, number][] = [];
    const [from, to] = [
      { x: 0, y: 0 },
      { x: 16_383, y: 16_381 },
    ];
    const size = { width: 16_384, height: 16_384 };
    eachShapeSpan({ kind: 'stroke', from, to, diameter: 1023, square: false }, size, (...span) => {
      rows.push(span);
    });
    expect(rows).toHaveLength(16_384);
    for (const [y, x0, x1] of rows.filter((_, i) => i % 997 === 0)) {
      for (const [x, isIn] of [
        ...[[x0 - 1, false] as const, [x0, true] as const],
        ...[[x1 - 1, true] as const, [x1, false] as const],
      ]) {
        if (x < 0 || x >= 16_384) continue;
        expect(isUnderDisc(from, to, 1023, x, y)).toBe(isIn);
      }
    }
  });
});

/** Whether a line from the pixel's centre to the right crosses the outline an odd number of times. */
function isInPolygon(points: readonly Point[], x: number, y: number): boolean {
  const [px, py] = [x + 0.5, y + 0.5];
  let isIn = false;
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length] ?? a;
    if (a.y <= py === b.y <= py) return;
    // Sixteenths are exact in a number; the crossing is left of or at the centre.
    const [low, high] = a.y < b.y ? [a, b] : [b, a];
    if ((px - low.x) * (high.y - low.y) >= (py - low.y) * (high.x - low.x)) isIn = !isIn;
  });
  return isIn;
}

describe('shapes', () => {
  test('a polygon has the pixels whose centres it winds around an odd number of times', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 9 }), (points) => {
        expect(made({ kind: 'polygon', points })).toEqual(
          expected((x, y) => isInPolygon(points, x, y)),
        );
      }),
    );
  });

  test('two polygons that share an edge have no pixel in common and leave none out', () => {
    fc.assert(
      fc.property(point, point, point, point, (a, b, c, d) => {
        const whole = pixelsOfShape({ kind: 'polygon', points: [a, b, c, d] }, width, height);
        const sum = new MaskBits(width, height);
        for (const points of [
          [a, b, c],
          [a, c, d],
        ]) {
          eachShapeSpan({ kind: 'polygon', points }, sum, (...span) => sum.toggle(...span));
        }
        expect(rowsOf(sum)).toEqual(rowsOf(whole));
      }),
    );
  });

  test('a rectangle has the centres between its corners', () => {
    fc.assert(
      fc.property(point, point, (from, to) => {
        const within = (a: number, b: number, at: number): boolean =>
          at + 0.5 >= Math.min(a, b) && at + 0.5 < Math.max(a, b);
        expect(made({ kind: 'rectangle', from, to })).toEqual(
          expected((x, y) => within(from.x, to.x, x) && within(from.y, to.y, y)),
        );
      }),
    );
  });

  test('a rotated rectangle has right angles and goes through its third point', () => {
    const shape = { from: { x: 10, y: 5 }, to: { x: 16, y: 13 }, through: { x: 2, y: 11 } };
    expect(rotatedCorners(shape.from, shape.to, shape.through)).toEqual([
      ...[shape.from, shape.to, { x: 8, y: 19 }, { x: 2, y: 11 }],
    ]);
    expect(rotatedCorners(shape.from, shape.from, shape.through)).toEqual([]);
    const bits = pixelsOfShape({ kind: 'rotatedRectangle', ...shape }, width, height);
    expect(Math.abs(bits.count() - 100)).toBeLessThan(4);
  });

  test('an ellipse has the centres within it', () => {
    const axis = fc.integer({ min: 0, max: 480 }).map((half) => half / 16);
    const angle = fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(point, axis, axis, angle, (centre, halfX, halfY, turn) => {
        const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
        const distance = (x: number, y: number): number => {
          const [u, v] = [x + 0.5 - centre.x, y + 0.5 - centre.y];
          return ((u * cos + v * sin) / halfX) ** 2 + ((v * cos - u * sin) / halfY) ** 2;
        };
        const shape: Shape = { kind: 'ellipse', centre, halfX, halfY, angle: turn };
        const bits = pixelsOfShape(shape, width, height);
        for (let i = 0; i < width * height; i += 1) {
          const [x, y] = [i % width, Math.floor(i / width)];
          const far = distance(x, y);
          const isIn = halfX > 0 && halfY > 0 && far <= 1;
          // Rounding decides about centres that lie on the outline.
          if (bits.has(x, y) !== isIn) expect(Math.abs(far - 1)).toBeLessThan(1e-9);
        }
      }),
    );
  });
});

test('the same strokes at any zoom and device pixel ratio give the same bits', () => {
  const inImage = fc.record({
    x: fc.integer({ min: -5, max: 65 }).map((x) => x + 0.3),
    y: fc.integer({ min: -5, max: 45 }).map((y) => y + 0.8),
  });
  fc.assert(
    fc.property(
      fc.array(inImage, { minLength: 2, maxLength: 6 }),
      diameter,
      fc.boolean(),
      (points, size, square) => {
        const pictures = [0.37, 1, 8].flatMap((zoom) =>
          [1, 1.25, 2].map((ratio) => {
            const seen = points.map(({ x, y }) => {
              // To device pixels of a view that is scrolled, and back, as a browser's event goes.
              const [left, top] = [
                x * zoom * ratio + 17.5 * ratio,
                y * zoom * ratio - 3.25 * ratio,
              ];
              return { x: (left / ratio - 17.5) / zoom, y: (top / ratio + 3.25) / zoom };
            });
            const bits = new MaskBits(width, height);
            seen.slice(1).forEach((to, i) => {
              const from = seen[i] ?? to;
              const shape: Shape = { kind: 'stroke', from, to, diameter: size, square };
              eachShapeSpan(shape, bits, (y, x0, x1) => bits.fill(y, x0, x1, true));
            });
            const shape: Shape = { kind: 'polygon', points: seen };
            eachShapeSpan(shape, bits, (...span) => bits.toggle(...span));
            return rowsOf(bits).join('\n');
          }),
        );
        expect(new Set(pictures).size).toBe(1);
      },
    ),
  );
});
