/** Where the image lies on the screen: the mask editor's view. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  centreOn,
  clampView,
  fitView,
  mostZoom,
  panBy,
  resized,
  reveal,
  screenBox,
  toImage,
  toScreen,
  visibleBox,
  zoomTo,
} from '../../webview-ui/maskEditor/view.ts';
import type { View } from '../../webview-ui/maskEditor/view.ts';

const stage = { width: 800, height: 600 };
const image = { width: 640, height: 232 };

const view = fc
  .record({
    zoom: fc.double({ min: 1e-3, max: 200, noNaN: true }),
    left: fc.integer({ min: -100_000, max: 100_000 }),
    top: fc.integer({ min: -100_000, max: 100_000 }),
  })
  .map((any) => clampView(any, stage, image));
const place = fc.record({
  x: fc.double({ min: 0, max: 800, noNaN: true }),
  y: fc.double({ min: 0, max: 600, noNaN: true }),
});

describe('the view', () => {
  test('fits the whole image in the middle', () => {
    expect(fitView(stage, image)).toEqual({ zoom: 1.25, left: 0, top: 155 });
    expect(fitView(stage, { width: 8000, height: 8000 })).toEqual({
      ...{ zoom: 0.075, left: 100, top: 0 },
    });
    expect(fitView(stage, { width: 2, height: 2 }).zoom).toBe(mostZoom);
  });

  test('image and screen are there and back', () => {
    fc.assert(
      fc.property(view, place, (at, point) => {
        const back = toScreen(at, toImage(at, point));
        expect(back.x).toBeCloseTo(point.x, 6);
        expect(back.y).toBeCloseTo(point.y, 6);
      }),
    );
  });

  test('zooming keeps what is under the pointer, to half a pixel, unless the image would get lost', () => {
    const from: View = { zoom: 2, left: -200, top: 50 };
    const about = { x: 300, y: 200 };
    const before = toImage(from, about);
    for (const zoom of [1, 1.7, 4, 16, 64]) {
      const next = zoomTo(from, zoom, about, stage, image);
      expect(next.zoom).toBe(zoom);
      const after = toScreen(next, before);
      expect(Math.abs(after.x - about.x)).toBeLessThanOrEqual(0.5);
      expect(Math.abs(after.y - about.y)).toBeLessThanOrEqual(0.5);
    }
  });

  test('whatever is done, the middle of the stage shows a place of the image, and corners are whole', () => {
    const number = fc.integer({ min: -10_000, max: 10_000 });
    const zoom = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(view, number, number, zoom, place, (start, dx, dy, next, about) => {
        const moved = panBy(start, dx, dy, stage, image);
        for (const at of [moved, zoomTo(moved, next, about, stage, image)]) {
          expect(Number.isInteger(at.left)).toBe(true);
          const middle = toImage(at, { x: 400, y: 300 });
          const rounding = 0.5 / at.zoom + 1e-9;
          expect(middle.x).toBeGreaterThanOrEqual(-rounding);
          expect(middle.x).toBeLessThanOrEqual(image.width + rounding);
          expect(middle.y).toBeGreaterThanOrEqual(-rounding);
          expect(middle.y).toBeLessThanOrEqual(image.height + rounding);
          expect(at.zoom).toBeLessThanOrEqual(mostZoom);
        }
      }),
    );
  });

  test('a place is brought to the middle, and into sight only as far as needed', () => {
    const at = centreOn({ zoom: 8, left: 0, top: 0 }, { x: 320, y: 100 }, stage, image);
    expect(toScreen(at, { x: 320, y: 100 })).toEqual({ x: 400, y: 300 });
    expect(reveal(at, { x: 330, y: 100 }, 40, stage, image)).toBe(at);
    const shown = reveal(at, { x: 500, y: 100 }, 40, stage, image);
    expect(toScreen(shown, { x: 500, y: 100 })).toEqual({ x: 760, y: 300 });
  });

  test('a new size of the stage keeps the middle', () => {
    const next = { width: 500, height: 900 };
    const before: View = { zoom: 4, left: -900, top: -100 };
    const middle = toImage(before, { x: 400, y: 300 });
    const after = toScreen(resized(before, stage, next, image), middle);
    expect(Math.abs(after.x - 250)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(after.y - 450)).toBeLessThanOrEqual(0.5);
  });

  test('boxes in sight and boxes on the screen', () => {
    const at: View = { zoom: 4, left: -10, top: 100 };
    expect(visibleBox(at, stage, image)).toEqual({ x: 2, y: 0, width: 201, height: 125 });
    expect(screenBox(at, { x: 10, y: 10, width: 2, height: 1 }, 3, stage)).toEqual({
      ...{ x: 27, y: 137, width: 14, height: 10 },
    });
    expect(screenBox(at, { x: 600, y: 10, width: 2, height: 1 }, 3, stage).width).toBe(0);
  });
});

test('the whole image stays in sight when the stage changes its size', () => {
  const image = { width: 640, height: 400 };
  const [before, after] = [
    { width: 900, height: 500 },
    { width: 700, height: 620 },
  ];
  expect(resized(fitView(before, image), before, after, image)).toEqual(fitView(after, image));
});
