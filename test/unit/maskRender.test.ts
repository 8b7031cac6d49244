/** The mask as colours: against a plain renderer that looks at each image pixel under each device pixel. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { seededRandom } from '../support/random.ts';
import { edgeWidth, renderMask } from '../../webview-ui/maskEditor/renderMask.ts';
import type { MaskLook } from '../../webview-ui/maskEditor/renderMask.ts';
import type { View } from '../../webview-ui/maskEditor/view.ts';

const look: MaskLook = {
  ...{ defect: [255, 0, 0], ignore: [0, 0, 255] },
  ...{ opacity: 0.5, contour: false, pattern: false, hidden: false },
};
const red = 0x800000ff;

function randomLayers(width: number, height: number, seed: number, share = 0.05): Layers {
  const random = seededRandom(seed);
  const layers = { defect: new MaskBits(width, height), ignore: new MaskBits(width, height) };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (random() < share) layers.defect.fill(y, x, x + 1, true);
  }
  return layers;
}

function isShown(bits: MaskBits, view: View, x: number, y: number): boolean {
  const first = (at: number, origin: number): number =>
    Math.floor((at - origin) / view.zoom + 1e-9);
  const [left, top] = [first(x, view.left), first(y, view.top)];
  const right = Math.max(left + 1, first(x + 1, view.left));
  const bottom = Math.max(top + 1, first(y + 1, view.top));
  for (let v = top; v < bottom; v += 1) {
    for (let u = left; u < right; u += 1) if (bits.has(u, v)) return true;
  }
  return false;
}

describe('renderMask', () => {
  test('shows a device pixel where any image pixel under it is set', () => {
    const zoom = fc.constantFrom(0.07, 0.25, 0.5, 0.8, 1, 1.3, 2, 8);
    const origin = fc.integer({ min: -60, max: 20 });
    fc.assert(
      fc.property(zoom, origin, origin, fc.nat(1000), (scale, left, top, seed) => {
        const layers = randomLayers(101, 67, seed, 0.02);
        const view: View = { zoom: scale, left, top };
        const rect = { x: 3, y: 5, width: 40, height: 31 };
        const seen = renderMask(layers, view, rect, look);
        seen.forEach((value, at) => {
          const [x, y] = [rect.x + (at % rect.width), rect.y + Math.floor(at / rect.width)];
          expect(value).toBe(isShown(layers.defect, view, x, y) ? red : 0);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('a scratch one pixel wide does not vanish when zoomed out', () => {
    const layers = randomLayers(4096, 4096, 1, 0);
    layers.defect.fill(1234, 0, 4096, true);
    const view: View = { zoom: 0.1, left: 0, top: 0 };
    const seen = renderMask(layers, view, { x: 0, y: 0, width: 409, height: 409 }, look);
    expect(seen.filter((value) => value === red).length).toBe(409);
  });

  test('parts fit together: a rectangle drawn anew is what the whole would show', () => {
    for (const extra of [{}, { contour: true }, { pattern: true }]) {
      const layers = randomLayers(90, 70, 7, 0.6);
      layers.ignore.fill(20, 5, 60, true);
      layers.ignore.fill(21, 5, 60, true);
      const view: View = { zoom: 3, left: -20, top: 4 };
      const whole = renderMask(
        layers,
        view,
        { x: 0, y: 0, width: 120, height: 90 },
        { ...look, ...extra },
      );
      const rect = { x: 17, y: 23, width: 31, height: 29 };
      const part = renderMask(layers, view, rect, { ...look, ...extra });
      part.forEach((value, at) => {
        const [x, y] = [rect.x + (at % rect.width), rect.y + Math.floor(at / rect.width)];
        expect(value).toBe(whole[y * 120 + x]);
      });
    }
  });

  test('contours alone, pattern, the ignore layer, and hidden', () => {
    const layers = randomLayers(64, 64, 1, 0);
    for (let y = 10; y < 30; y += 1) layers.defect.fill(y, 10, 30, true);
    for (let y = 40; y < 60; y += 1) layers.ignore.fill(y, 10, 30, true);
    const view: View = { zoom: 1, left: 0, top: 0 };
    const rect = { x: 0, y: 0, width: 64, height: 64 };
    const at = (seen: Uint32Array, x: number, y: number): number => seen[y * 64 + x] ?? 0;
    const contour = renderMask(layers, view, rect, { ...look, contour: true });
    expect(at(contour, 10, 10) & 0xffffff).toBe(0x0000ff);
    expect(at(contour, 9, 10)).toBe(0);
    expect(at(contour, 10 + edgeWidth, 10 + edgeWidth)).toBe(0);
    const hatched = renderMask(layers, view, rect, { ...look, pattern: true });
    const inside = new Set<number>();
    for (let x = 13; x < 27; x += 1) inside.add(at(hatched, x, 20));
    expect(inside.size).toBe(2);
    const plain = renderMask(layers, view, rect, look);
    const ignored = new Set<number>();
    for (let x = 13; x < 27; x += 1) ignored.add(at(plain, x, 50));
    expect(ignored.size).toBe(2);
    expect([...ignored].every((value) => (value & 0xffffff) === 0xff0000)).toBe(true);
    // The two hatchings lean differently.
    expect(at(hatched, 16, 20)).toBe(at(hatched, 15, 21));
    expect(at(plain, 16, 50)).toBe(at(plain, 17, 51));
    const hidden = renderMask(layers, view, rect, { ...look, hidden: true });
    expect(hidden.every((value) => value === 0)).toBe(true);
  });
});
