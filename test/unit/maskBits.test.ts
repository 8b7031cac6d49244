/** Bits, runs and edits of masks: runs come back as they went, edits are undone and redone to the bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PixelBox } from '../../protocol/mask/bits.ts';
import { MaskBits, unionOf } from '../../protocol/mask/bits.ts';
import type { LayerChange, LayerName, LayerToggles } from '../../protocol/mask/edits.ts';
import { applyChanges, applyToggles, copyOf, layerNames } from '../../protocol/mask/edits.ts';
import { eachRun, encodeRuns } from '../../protocol/mask/runs.ts';
import { anyBits, pixelsOf } from '../support/masks.ts';

const boxIn = (width: number, height: number): fc.Arbitrary<PixelBox> =>
  fc.tuple(fc.nat(width), fc.nat(width), fc.nat(height), fc.nat(height)).map(([a, b, c, d]) => ({
    x: Math.min(a, b),
    y: Math.min(c, d),
    width: Math.abs(a - b),
    height: Math.abs(c - d),
  }));

const bitsAndBox = anyBits.chain((bits) =>
  fc.tuple(fc.constant(bits), boxIn(bits.width, bits.height)),
);

describe('bits', () => {
  test('fill and toggle what is within the image and nothing else', () => {
    const place = fc.integer({ min: -40, max: 120 });
    fc.assert(
      fc.property(anyBits, place, place, place, fc.boolean(), (bits, y, x0, x1, value) => {
        const [filled, toggled] = [bits.clone(), bits.clone()];
        filled.fill(y, x0, x1, value);
        toggled.toggle(y, x0, x1);
        const isMeant = (at: number): boolean => {
          const [x, row] = [at % bits.width, Math.floor(at / bits.width)];
          return row === y && x >= x0 && x < x1;
        };
        const before = pixelsOf(bits);
        const wanted = before.map((pixel, i) => (isMeant(i) ? Number(value) : pixel));
        expect(pixelsOf(filled)).toEqual(wanted);
        expect(pixelsOf(toggled)).toEqual(
          before.map((pixel, i) => (isMeant(i) ? 1 - pixel : pixel)),
        );
        expect(filled.count()).toBe(wanted.reduce((sum, pixel) => sum + pixel, 0));
        expect(filled.isEmpty).toBe(filled.count() === 0);
      }),
    );
  });

  test('come back from their bytes, wherever these lie', () => {
    fc.assert(
      fc.property(anyBits, fc.nat(3), (bits, shift) => {
        const moved = new Uint8Array(bits.bytes.length + shift);
        moved.set(bits.bytes, shift);
        expect(MaskBits.fromBytes(bits.width, bits.height, moved.subarray(shift))).toEqual(bits);
        expect(bits.clone().equals(bits)).toBe(true);
      }),
    );
    expect(() => new MaskBits(33, 2, new Uint32Array(3))).toThrow(RangeError);
  });

  test('a union has both boxes and no more', () => {
    const empty = { x: 9, y: 9, width: 0, height: 4 };
    const box = { x: 2, y: 3, width: 4, height: 5 };
    expect(unionOf(empty, box)).toEqual(box);
    expect(unionOf(box, empty)).toEqual(box);
    expect(unionOf(box, { x: 0, y: 7, width: 3, height: 9 })).toEqual({
      ...{ x: 0, y: 3, width: 6, height: 13 },
    });
  });
});

describe('runs', () => {
  test('give the bits of a box back', () => {
    fc.assert(
      fc.property(bitsAndBox, ([bits, box]) => {
        const back = new MaskBits(bits.width, bits.height);
        eachRun(encodeRuns(bits, box), box, (y, x0, x1) => back.fill(y, x0, x1, true));
        const part = copyOf(bits, box);
        expect(copyOf(back, box)).toEqual(part);
        expect(back.count()).toBe(part.count());
        pixelsOf(part).forEach((pixel, i) => {
          const [x, y] = [i % box.width, Math.floor(i / box.width)];
          expect(pixel).toBe(Number(bits.has(box.x + x, box.y + y)));
        });
      }),
    );
  });

  test.each([
    ['longer than the box', [0, 5]],
    ['a second run that does not fit', [1, 2, 1, 1]],
    ['an open number', [0, 128]],
    ['an endless number', Array.from({ length: 40 }, () => 255)],
  ])('are refused: %s', (_, bytes) => {
    const box = { x: 0, y: 0, width: 2, height: 2 };
    expect(() => eachRun(Uint8Array.from(bytes), box, () => undefined)).toThrow(RangeError);
  });
});

const [width, height] = [45, 20];
const noLayers = () => ({
  defect: new MaskBits(width, height),
  ignore: new MaskBits(width, height),
});

/** Runs of random spans in a box. */
const runsIn = (box: PixelBox): fc.Arbitrary<LayerChange['set']> =>
  fc
    .array(fc.tuple(fc.nat(height), fc.nat(width), fc.nat(width)), { maxLength: 6 })
    .map((spans) => {
      const bits = new MaskBits(width, height);
      for (const [y, a, b] of spans) bits.fill(y, Math.min(a, b), Math.max(a, b), true);
      return encodeRuns(bits, box);
    });
const changeOf = (layer: LayerName): fc.Arbitrary<LayerChange> =>
  boxIn(width, height).chain((box) =>
    fc.record({
      ...{ layer: fc.constant(layer), box: fc.constant(box) },
      ...{ set: runsIn(box), clear: runsIn(box) },
    }),
  );
const edit = fc.array(fc.constantFrom(...layerNames).chain(changeOf), { maxLength: 3 });
const bytesOf = (layers: ReturnType<typeof noLayers>) =>
  layerNames.map((name) => Array.from(layers[name].words));

describe('edits', () => {
  test('undone give the first mask, redone the last', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const layers = noLayers();
        const states = [bytesOf(layers)];
        const done: LayerToggles[][] = [];
        for (const changes of edits) {
          done.push(applyChanges(layers, changes));
          states.push(bytesOf(layers));
        }
        done.toReversed().forEach((toggles, i) => {
          applyToggles(layers, toggles.toReversed());
          expect(bytesOf(layers)).toEqual(states.at(-2 - i));
        });
        for (const toggles of done) applyToggles(layers, toggles);
        expect(bytesOf(layers)).toEqual(states.at(-1));
      }),
    );
  });

  test('set what is to be set, then clear what is to be cleared', () => {
    fc.assert(
      fc.property(edit, edit, (first, changes) => {
        const layers = noLayers();
        applyChanges(layers, first);
        const expected = {
          defect: layers.defect.clone(),
          ignore: layers.ignore.clone(),
        };
        for (const { layer, box, set, clear } of changes) {
          eachRun(set, box, (y, x0, x1) => expected[layer].fill(y, x0, x1, true));
          eachRun(clear, box, (y, x0, x1) => expected[layer].fill(y, x0, x1, false));
        }
        applyChanges(layers, changes);
        expect(bytesOf(layers)).toEqual(bytesOf(expected));
        // Asked for again, nothing is left to do, but for what is set and cleared by turns.
        if (changes.length === 1) expect(applyChanges(layers, changes)).toEqual([]);
      }),
    );
  });

  test('toggles commute', () => {
    fc.assert(
      fc.property(edit, edit, edit, (first, a, b) => {
        const [one, other] = [noLayers(), noLayers()];
        for (const layers of [one, other]) applyChanges(layers, first);
        const scratch = { defect: one.defect.clone(), ignore: one.ignore.clone() };
        const [left, right] = [applyChanges(scratch, a), applyChanges(scratch, b)];
        for (const toggles of [left, right]) applyToggles(one, toggles);
        for (const toggles of [right, left]) applyToggles(other, toggles);
        expect(bytesOf(one)).toEqual(bytesOf(other));
      }),
    );
  });

  test('outside of the image are refused, and nothing is changed', () => {
    const layers = noLayers();
    const inside = { x: 0, y: 0, width: 4, height: 1 };
    const outside = { x: width - 1, y: 0, width: 2, height: 1 };
    const runs = Uint8Array.of(0, 2);
    const none = new Uint8Array();
    const good: LayerChange = { layer: 'defect', box: inside, set: runs, clear: none };
    const bad: LayerChange = { layer: 'ignore', box: outside, set: none, clear: none };
    expect(() => applyChanges(layers, [good, bad])).toThrow(RangeError);
    expect(() =>
      applyToggles(layers, [
        { layer: 'defect', box: inside, runs },
        { layer: 'ignore', box: outside, runs },
      ]),
    ).toThrow(RangeError);
    expect(() => applyChanges(layers, [good, { ...good, clear: Uint8Array.of(9) }])).toThrow();
    expect(layers.defect.isEmpty).toBe(true);
  });
});
