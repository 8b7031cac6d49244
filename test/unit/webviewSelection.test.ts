/** The grid's selection as a state machine, and its sets of positions against plain sets. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countOf,
  includes,
  positionsOf,
  rangesOf,
  union,
  without,
} from '../../webview-ui/grid/ranges.ts';
import type { Ranges } from '../../webview-ui/grid/ranges.ts';
import { emptySelection, step, target } from '../../webview-ui/grid/selection.ts';
import type { Selection, SelectionEvent } from '../../webview-ui/grid/selection.ts';

const of = (total: number): Selection =>
  step(emptySelection, { type: 'relist', total, focus: undefined, selected: [] });
const after = (selection: Selection, ...events: SelectionEvent[]): Selection =>
  events.reduce(step, selection);
const press = (
  position: number,
  keys: { toggle?: boolean; extend?: boolean } = {},
): SelectionEvent => ({
  type: 'press',
  position,
  toggle: keys.toggle ?? false,
  extend: keys.extend ?? false,
});
const move = (
  position: number,
  keys: { extend?: boolean; keep?: boolean } = {},
): SelectionEvent => ({
  type: 'move',
  position,
  extend: keys.extend ?? false,
  keep: keys.keep ?? false,
});

describe('ranges', () => {
  const positions = fc.array(fc.nat(60), { maxLength: 40 });
  const asSet = (ranges: Ranges): Set<number> => new Set(positionsOf(ranges));

  test('are what sets are', () => {
    fc.assert(
      fc.property(positions, positions, fc.nat(60), fc.nat(60), (a, b, from, to) => {
        const [left, right] = [rangesOf(a), rangesOf(b)];
        expect(asSet(left)).toEqual(new Set(a));
        expect(asSet(union(left, right))).toEqual(new Set([...a, ...b]));
        const cut = without(left, [from, to]);
        expect(asSet(cut)).toEqual(new Set(a.filter((at) => at < from || at >= to)));
        expect(countOf(left)).toBe(new Set(a).size);
        for (let at = 0; at <= 60; at += 1) expect(includes(left, at)).toBe(a.includes(at));
      }),
    );
  });

  test('stay sorted and apart', () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        const all = union(rangesOf(a), rangesOf(b));
        all.forEach(([from, to], i) => {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThan(all[i - 1]?.[1] ?? -1);
        });
      }),
    );
  });
});

describe('the selection', () => {
  test('a click selects one, with Shift all up to it, with Ctrl one more', () => {
    const one = after(of(20), press(3));
    expect(one).toEqual({ total: 20, focus: 3, anchor: 3, ranges: [[3, 4]] });
    const range = after(one, press(7, { extend: true }));
    expect(range).toMatchObject({ focus: 7, anchor: 3, ranges: [[3, 8]] });
    expect(after(range, press(1, { extend: true })).ranges).toEqual([[1, 4]]);
    const more = after(range, press(12, { toggle: true }));
    expect(more.ranges).toEqual([
      [3, 8],
      [12, 13],
    ]);
    expect(after(more, press(5, { toggle: true })).ranges).toEqual([
      [3, 5],
      [6, 8],
      [12, 13],
    ]);
    expect(after(more, press(14, { toggle: true, extend: true })).ranges).toEqual([
      [3, 8],
      [12, 15],
    ]);
  });

  test('keys move, extend, or leave what is selected', () => {
    const at = after(of(20), move(4));
    expect(at.ranges).toEqual([[4, 5]]);
    expect(after(at, move(6, { extend: true })).ranges).toEqual([[4, 7]]);
    const apart = after(at, move(9, { keep: true }));
    expect(apart).toMatchObject({ focus: 9, ranges: [[4, 5]] });
    expect(after(apart, { type: 'toggle' }).ranges).toEqual([
      [4, 5],
      [9, 10],
    ]);
    expect(after(at, { type: 'all' })).toMatchObject({ focus: 4, ranges: [[0, 20]] });
    expect(after(at, { type: 'none' })).toMatchObject({ focus: 4, ranges: [] });
  });

  test('another listing: the focused image where it is now, the others that stayed', () => {
    const chosen = after(of(20), press(3), press(5, { extend: true }));
    const stayed = after(chosen, { type: 'relist', total: 30, focus: 11, selected: [[9, 12]] });
    expect(stayed).toEqual({ total: 30, focus: 11, anchor: 11, ranges: [[9, 12]] });
    const left = after(chosen, { type: 'relist', total: 4, focus: undefined, selected: [] });
    expect(left).toMatchObject({ total: 4, focus: 3, ranges: [] });
  });

  test('a single selected image that leaves hands over to the one at its place', () => {
    const single = after(of(20), press(6));
    const next = after(single, { type: 'relist', total: 19, focus: undefined, selected: [] });
    expect(next).toMatchObject({ focus: 6, ranges: [[6, 7]] });
    const none = after(single, { type: 'relist', total: 0, focus: undefined, selected: [] });
    expect(none).toMatchObject({ focus: -1, ranges: [] });
  });

  test('whatever happens, focus and selection lie in the listing', () => {
    const position = fc.integer({ min: -5, max: 60 });
    const flag = fc.boolean();
    const event: fc.Arbitrary<SelectionEvent> = fc.oneof(
      fc.record({ type: fc.constant('press' as const), position, toggle: flag, extend: flag }),
      fc.record({ type: fc.constant('move' as const), position, extend: flag, keep: flag }),
      fc.constantFrom<SelectionEvent>({ type: 'toggle' }, { type: 'all' }, { type: 'none' }),
      fc.record({
        type: fc.constant('relist' as const),
        total: fc.nat(50),
        focus: fc.option(fc.nat(60), { nil: undefined }),
        selected: fc.array(fc.nat(60)).map(rangesOf),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let selection = emptySelection;
        for (const happened of events) {
          selection = step(selection, happened);
          const { total, focus, ranges } = selection;
          expect(focus).toBeGreaterThanOrEqual(total === 0 ? -1 : 0);
          expect(focus).toBeLessThan(Math.max(total, 1));
          for (const [from, to] of ranges) {
            expect(from).toBeGreaterThanOrEqual(0);
            expect(to).toBeLessThanOrEqual(total);
          }
        }
      }),
    );
  });
});

describe('where keys lead', () => {
  const shape = { columns: 4, rows: 3 };
  const from = (focus: number, total = 22): Selection => ({
    total,
    focus,
    anchor: focus,
    ranges: [],
  });

  test.each([
    ['ArrowLeft', 5, 4],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 5, 6],
    ['ArrowRight', 21, 21],
    ['ArrowUp', 5, 1],
    ['ArrowUp', 2, 2],
    ['ArrowDown', 5, 9],
    // The last row is short: what lies below is its end.
    ['ArrowDown', 19, 21],
    ['ArrowDown', 20, 20],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['Home', 9, 0],
    ['End', 9, 21],
  ])('%s from %i leads to %i', (key, focus, expected) => {
    expect(target(key, from(focus), shape)).toBe(expected);
  });

  test('other keys lead nowhere, and none in an empty listing', () => {
    expect(target('x', from(3), shape)).toBeUndefined();
    expect(target('End', from(-1, 0), shape)).toBeUndefined();
  });
});
