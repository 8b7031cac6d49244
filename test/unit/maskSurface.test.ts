/** What is painted is recorded to the bit, however it was painted; predictions are pixels by one rule. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { LayerName } from '../../protocol/mask/edits.ts';
import { applyChanges, applyToggles, layerNames } from '../../protocol/mask/edits.ts';
import * as prediction from '../../webview-ui/maskEditor/tools/prediction.ts';
import { MaskSurface } from '../../webview-ui/maskEditor/tools/surface.ts';
import { bitsWhere, rowsOf } from '../support/masks.ts';

const [width, height] = [75, 12];
const noLayers = (): Record<LayerName, MaskBits> => ({
  defect: new MaskBits(width, height),
  ignore: new MaskBits(width, height),
});
const copyOf = ({ layers }: MaskSurface) => ({
  defect: layers.defect.clone(),
  ignore: layers.ignore.clone(),
});
const picture = (layers: Readonly<Record<LayerName, MaskBits>>): string[] =>
  layerNames.flatMap((name) => rowsOf(layers[name]));

const span = fc.record({
  layer: fc.constantFrom(...layerNames),
  value: fc.boolean(),
  y: fc.integer({ min: -2, max: height + 1 }),
  x0: fc.integer({ min: -9, max: width + 9 }),
  x1: fc.integer({ min: -9, max: width + 9 }),
});
const spans = fc.array(span, { maxLength: 15 });

interface Span {
  readonly layer: LayerName;
  readonly value: boolean;
  readonly y: number;
  readonly x0: number;
  readonly x1: number;
}

function painted(surface: MaskSurface, list: readonly Span[]): void {
  for (const { layer, value, y, x0, x1 } of list) surface.span(layer, value, y, x0, x1);
}

describe('the surface', () => {
  test('paints as pixel by pixel, and no pixel is in both layers', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const surface = new MaskSurface(noLayers());
        const expected = noLayers();
        painted(surface, list);
        for (const { layer, value, y, x0, x1 } of list) {
          expected[layer].fill(y, x0, x1, value);
          if (value) expected[layer === 'defect' ? 'ignore' : 'defect'].fill(y, x0, x1, false);
        }
        expect(picture(surface.layers)).toEqual(picture(expected));
      }),
    );
  });

  test('commits what another copy needs, and what undoes it', () => {
    fc.assert(
      fc.property(spans, spans, (first, list) => {
        const surface = new MaskSurface(noLayers());
        painted(surface, first);
        surface.commit();
        const [before, document] = [copyOf(surface), copyOf(surface)];
        painted(surface, list);
        const { changes, toggles } = surface.commit();
        expect(applyChanges(document, changes)).toEqual(toggles);
        expect(picture(document)).toEqual(picture(surface.layers));
        applyToggles(document, toggles);
        expect(picture(document)).toEqual(picture(before));
        expect(surface.commit()).toEqual({ changes: [], toggles: [] });
      }),
    );
  });

  test('discards exactly, also when another edit comes meanwhile', () => {
    fc.assert(
      fc.property(spans, spans, spans, (first, list, others) => {
        const surface = new MaskSurface(noLayers());
        painted(surface, first);
        surface.commit();
        const other = new MaskSurface(copyOf(surface));
        painted(surface, list);
        painted(other, others);
        surface.apply(other.commit().toggles);
        const touched = surface.touched;
        expect(surface.discard()).toEqual(touched);
        expect(picture(surface.layers)).toEqual(picture(other.layers));
        expect(surface.touched).toMatchObject({ width: 0, height: 0 });
      }),
    );
  });

  test('becomes any other mask as one edit', () => {
    fc.assert(
      fc.property(spans, spans, (first, list) => {
        const [surface, next] = [new MaskSurface(noLayers()), new MaskSurface(noLayers())];
        painted(surface, first);
        painted(next, list);
        surface.commit();
        surface.become('defect', next.layers.defect);
        expect(rowsOf(surface.layers.defect)).toEqual(rowsOf(next.layers.defect));
        const wasIgnored = copyOf(surface).ignore;
        surface.discard();
        wasIgnored.words.forEach((word, i) => {
          expect(word & (next.layers.defect.words[i] ?? 0)).toBe(0);
        });
      }),
    );
  });

  test('costs what is touched: a thousand stamps on the largest image', () => {
    const side = 16_384;
    const layers = { defect: new MaskBits(side, side), ignore: new MaskBits(side, side) };
    const surface = new MaskSurface(layers);
    const start = performance.now();
    for (let i = 0; i < 1000; i += 1) {
      const at = { x: 100 + i, y: 9000 };
      surface.paint('defect', true, {
        ...{ kind: 'stroke', from: at, to: at, diameter: 9, square: true },
      });
      expect(surface.commit().changes).toHaveLength(1);
    }
    // A walk over all words each time would take far longer.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

const map = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }))
  .chain(([w, h]) =>
    fc
      .uint8Array({ minLength: w * h, maxLength: w * h })
      .map((values) => ({ width: w, height: h, values })),
  );
const size = { width, height };

describe('predictions', () => {
  test('are the map at its points, and constant beyond the outermost', () => {
    const values = Uint8Array.of(0, 255);
    const found = Array.from({ length: 8 }, (_, x) =>
      prediction.predictionAt({ width: 2, height: 1, values }, { width: 8, height: 3 }, x, 1),
    );
    expect(found).toEqual([0.0625, 0.3125, 0.5625, 0.8125, 1, 1, 1, 1]);
  });

  test('as pixels are those at least at the threshold; a click takes those around it', () => {
    const pixel = fc.record({ x: fc.nat(width - 1), y: fc.nat(height - 1) });
    fc.assert(
      fc.property(map, fc.double({ min: 0, max: 1, noNaN: true }), pixel, (heat, threshold, at) => {
        const whole = prediction.wholePrediction(heat, size, threshold).bits;
        const isIn = (x: number, y: number): boolean =>
          prediction.predictionAt(heat, size, x, y) >= threshold;
        expect(rowsOf(whole)).toEqual(rowsOf(bitsWhere(width, height, isIn)));
        const region = prediction.predictedRegion(heat, size, threshold, at)?.bits;
        expect(region !== undefined).toBe(whole.has(at.x, at.y));
        if (region === undefined) return;
        expect(region.has(at.x, at.y)).toBe(true);
        // Every pixel beside one of the region is in it, or not in the whole.
        const isBeside = (x: number, y: number): boolean =>
          region.has(x - 1, y) ||
          region.has(x + 1, y) ||
          region.has(x, y - 1) ||
          region.has(x, y + 1);
        for (let i = 0; i < width * height; i += 1) {
          const [x, y] = [i % width, Math.floor(i / width)];
          if (region.has(x, y)) expect(whole.has(x, y)).toBe(true);
          else if (isBeside(x, y)) expect(whole.has(x, y)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });
});
