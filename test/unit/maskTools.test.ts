/** The mask editor's tools, driven by events without a browser: pixels, states, and what is taken back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { applyChanges, applyToggles, layerNames } from '../../protocol/mask/edits.ts';
import type { Shape } from '../../protocol/mask/raster.ts';
import type { MaskTool } from '../../protocol/maskEditor.ts';
import { maskTools } from '../../protocol/maskEditor.ts';
import { machines } from '../../webview-ui/maskEditor/tools/index.ts';
import type { ToolEvent, ToolState } from '../../webview-ui/maskEditor/tools/tool.ts';
import { drawn, pixelsOfShape, rowsOf } from '../support/masks.ts';
import { ToolBench, at, height, key, pointer, width } from '../support/toolBench.ts';

const bitsOf = (shape: Shape): string[] => rowsOf(pixelsOfShape(shape, width, height));
const nothing = rowsOf(new MaskBits(width, height));

describe('brushes', () => {
  test('paint a stroke as one edit', () => {
    const bench = new ToolBench('brush', { brushSize: 3 });
    bench.does(pointer('down', 3, 3), pointer('move', 9, 3), pointer('move', 9, 8));
    expect(bench.isCaptured).toBe(true);
    expect(bench.edits).toEqual([]);
    bench.does(pointer('up', 9, 8));
    const stroke = { kind: 'stroke', diameter: 3, square: false } as const;
    const expected = pixelsOfShape({ ...stroke, from: at(3, 3), to: at(9, 3) }, width, height);
    const rest = pixelsOfShape({ ...stroke, from: at(9, 3), to: at(9, 8) }, width, height);
    rest.words.forEach((word, i) => (expected.words[i] = (expected.words[i] ?? 0) | word));
    expect(bench.rows('defect')).toEqual(rowsOf(expected));
    expect(bench.edits).toHaveLength(1);
    expect(bench.isCaptured).toBe(false);
  });

  test('draw a straight line from the last stroke with Shift', () => {
    const bench = new ToolBench('brush', { brushSize: 1 });
    bench.does(pointer('down', 2, 2, { shift: true }), pointer('up', 2, 2));
    bench.does(pointer('down', 12, 7, { shift: true }), pointer('up', 12, 7));
    const [from, to] = [at(2, 2), at(12, 7)];
    expect(bench.rows('defect')).toEqual(
      bitsOf({ kind: 'stroke', from, to, diameter: 1, square: false }),
    );
    expect(bench.edits).toHaveLength(2);
  });

  test('the eraser clears both layers, and each brush clears the other layer', () => {
    const bench = new ToolBench('brush', { brushSize: 9, square: true });
    bench.click(8, 8);
    bench.tool = 'ignoreBrush';
    bench.options = { ...bench.options, brushSize: 3 };
    bench.click(8, 8);
    expect(bench.surface.layers.defect.count()).toBe(81 - 9);
    expect(bench.surface.layers.ignore.count()).toBe(9);
    expect(bench.edits.at(-1)?.changes.map(({ layer }) => layer)).toEqual(['defect', 'ignore']);
    bench.tool = 'eraser';
    bench.options = { ...bench.options, brushSize: 20 };
    bench.click(8, 8);
    expect(bench.rows('defect')).toEqual(nothing);
    expect(bench.rows('ignore')).toEqual(nothing);
  });

  test.each([
    ['Escape', key('escape'), true],
    ['undo', key('undo'), true],
    ['an interrupt', { type: 'interrupt' } as const, false],
  ])('%s takes the stroke back', (_, event, isConsumed) => {
    const bench = new ToolBench('brush', { brushSize: 5 });
    bench.click(20, 9);
    const before = bench.rows('defect');
    bench.does(pointer('down', 3, 3), pointer('move', 30, 12), event);
    expect(bench.rows('defect')).toEqual(before);
    expect(bench.state.name).toBe('idle');
    expect(bench.wasConsumed).toBe(isConsumed);
    bench.does(pointer('up', 30, 12));
    expect(bench.edits).toHaveLength(1);
    // Idle, undo is the host's.
    bench.does(key('undo'));
    expect(bench.wasConsumed).toBe(false);
  });
});

describe('the polygon', () => {
  const corners = [at(4, 3), at(20, 3), at(20, 14), at(4, 14)];
  const square = bitsOf({ kind: 'polygon', points: corners });
  const clickAll = (bench: ToolBench): void => {
    for (const { x, y } of corners) bench.click(x, y);
  };

  test.each<[string, (bench: ToolBench) => void]>([
    ['a click on the first point', (bench) => bench.click(4.4, 3.4)],
    ['Enter', (bench) => bench.does(key('enter'))],
    ['a double click', (bench) => bench.does(pointer('down', 4, 14, { clicks: 2 }))],
  ])('is closed by %s', (_, close) => {
    const bench = new ToolBench('polygon');
    clickAll(bench);
    expect(bench.edits).toEqual([]);
    close(bench);
    expect(bench.rows('defect')).toEqual(square);
    expect(bench.edits).toHaveLength(1);
    expect(bench.state.name).toBe('idle');
    expect(bench.isCaptured).toBe(false);
    expect(bench.preview).toBeNull();
  });

  test('undo and Backspace take back one point', () => {
    const bench = new ToolBench('polygon');
    clickAll(bench);
    bench.click(30, 18);
    bench.does(key('undo'));
    expect(bench.wasConsumed).toBe(true);
    bench.click(31, 17);
    bench.does(key('backspace'), key('enter'));
    expect(bench.rows('defect')).toEqual(square);
    clickAll(bench);
    for (let i = 0; i < 4; i += 1) bench.does(key('undo'));
    expect(bench.state.name).toBe('idle');
    expect(bench.edits).toHaveLength(1);
  });

  test('a placed point can be dragged elsewhere', () => {
    const bench = new ToolBench('polygon');
    for (const [x, y] of [[4, 3] as const, [28, 5] as const, [20, 14] as const]) bench.click(x, y);
    bench.click(4, 14);
    bench.does(pointer('down', 28, 5), pointer('move', 22, 4), pointer('up', 20, 3));
    bench.does(key('enter'));
    expect(bench.rows('defect')).toEqual(square);
  });

  test('Escape discards it, and fewer than three points do not close', () => {
    const bench = new ToolBench('polygon');
    bench.click(4, 4);
    bench.click(9, 9);
    bench.does(key('enter'));
    expect(bench.state.name).toBe('placing');
    bench.does(key('escape'));
    expect(bench.state.name).toBe('idle');
    expect(bench.edits).toEqual([]);
  });
});

describe('boxes', () => {
  test('a rectangle, a square with Shift, from the centre with Alt', () => {
    const bench = new ToolBench('rectangle');
    bench.drag(3, 4, 11, 9);
    const first = bitsOf({ kind: 'rectangle', from: at(3, 4), to: at(11, 9) });
    expect(bench.rows('defect')).toEqual(first);
    bench.drag(3, 4, 11, 9, { ctrl: true });
    expect(bench.rows('defect')).toEqual(nothing);
    bench.drag(10, 10, 6, 9, { shift: true, alt: true });
    expect(bench.rows('defect')).toEqual(
      bitsOf({ kind: 'rectangle', from: at(6, 6), to: at(14, 14) }),
    );
  });

  test('an ellipse in the box, or around the centre with Alt', () => {
    const bench = new ToolBench('ellipse');
    const ellipse = { kind: 'ellipse', centre: at(16, 10), halfX: 9, halfY: 6, angle: 0 } as const;
    bench.drag(7, 4, 25, 16);
    expect(bench.rows('defect')).toEqual(bitsOf(ellipse));
    bench.does(pointer('down', 1, 1), pointer('move', 30, 15), key('escape'));
    expect(bench.edits).toHaveLength(1);
    bench.options = { ...bench.options, subtract: true };
    bench.drag(16, 10, 25, 16, { alt: true });
    expect(bench.rows('defect')).toEqual(nothing);
  });

  test('a rotated rectangle by three clicks, or by a drag and a click', () => {
    const [from, to, through] = [at(10, 2), at(16, 10), at(8, 16)];
    const expected = bitsOf({ kind: 'rotatedRectangle', from, to, through });
    const clicked = new ToolBench('rotatedRectangle');
    for (const { x, y } of [from, to, through]) clicked.click(x, y);
    expect(clicked.rows('defect')).toEqual(expected);
    const dragged = new ToolBench('rotatedRectangle');
    dragged.drag(10, 2, 16, 10);
    dragged.does(key('undo'));
    expect(dragged.state.name).toBe('turning');
    dragged.drag(16, 10, 8, 16);
    expect(dragged.rows('defect')).toEqual(expected);
    expect([clicked, dragged].map(({ edits }) => edits.length)).toEqual([1, 1]);
  });
});

describe('fill', () => {
  test('sets the clear region that is clicked, and subtracting clears a set one', () => {
    const bench = new ToolBench('fill');
    bench.surface.become(
      'defect',
      drawn(['.'.repeat(width), '.####'.padEnd(width, '.'), ...box(width)]),
    );
    bench.surface.commit();
    bench.click(2.5, 2.5);
    expect(bench.rows('defect').slice(0, 5)).toEqual(
      [0, 4, 4, 4, 0].map((count) => (count === 0 ? '' : '.####').padEnd(width, '.')),
    );
    // Already set: nothing to do.
    bench.click(2.5, 2.5);
    expect(bench.edits).toHaveLength(1);
    bench.does(pointer('down', 1.5, 1.5, { ctrl: true }), pointer('up', 1.5, 1.5));
    expect(bench.rows('defect')).toEqual(nothing);
  });
});

const box = (side: number): string[] =>
  Array.from({ length: height - 2 }, (_, i) => (['.#..#', '.####'][i] ?? '').padEnd(side, '.'));

describe('selections', () => {
  /** Dark left of column 10, and a ramp of one grey value a column from there on. */
  const grey = (x: number): number => (x < 10 ? 20 : 100 + x);

  test('the wand previews, follows the tolerance, and paints when accepted', () => {
    const bench = new ToolBench('wand', { tolerance: 4 }, grey);
    bench.click(14.5, 5.5);
    expect(bench.previewRows()[3]).toBe('#########'.padStart(19, '.').padEnd(width, '.'));
    expect(bench.rows('defect')).toEqual(nothing);
    bench.options = { ...bench.options, tolerance: 1 };
    bench.does({ type: 'options' });
    expect(bench.previewRows()[3]).toBe('###'.padStart(16, '.').padEnd(width, '.'));
    bench.does(pointer('down', 2, 2, { shift: true }), pointer('up', 2, 2), key('enter'));
    expect(bench.rows('defect')[9]).toBe('##########...###'.padEnd(width, '.'));
    expect(bench.edits).toHaveLength(1);
  });

  test('undo takes back the last click, Escape all of them', () => {
    const bench = new ToolBench('wand', { tolerance: 0 }, grey);
    bench.click(2, 2);
    const first = bench.previewRows();
    bench.does(pointer('down', 14, 2, { shift: true }), pointer('up', 14, 2), key('undo'));
    expect(bench.previewRows()).toEqual(first);
    bench.does(key('escape'));
    expect([bench.preview, bench.edits]).toEqual([null, []]);
  });

  test('smart select stays on its side of an edge', () => {
    const bench = new ToolBench('smartSelect', { tolerance: 30 }, (x, y) =>
      y === 4 || x === 12 ? 200 : 60 + ((x + y) % 2),
    );
    bench.drag(2, 8, 5, 9);
    bench.does(key('enter'));
    const row = '#'.repeat(12).padEnd(width, '.');
    expect(bench.rows('defect')).toEqual(
      Array.from({ length: height }, (_, y) => (y > 4 ? row : '.'.repeat(width))),
    );
  });

  test('a click takes the predicted region that it is in', () => {
    const values = Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 255);
    const bench = new ToolBench('acceptPrediction', {
      ...{ threshold: 0.5, prediction: { width: 4, height: 2, values } },
    });
    bench.click(2, 2);
    bench.does(key('enter'));
    // A cell stands for a place a sixteenth of it from its left edge: half way to the next is there.
    const left = '#'.repeat(Math.round((width / 4) * (1 / 2 + 1 / 16))).padEnd(width, '.');
    expect(new Set(bench.rows('defect'))).toEqual(new Set([left]));
    bench.click(width / 2, 2);
    expect(bench.preview).toBeNull();
    bench.does(key('enter'));
    expect(bench.edits).toHaveLength(1);
  });
});

test('pan keeps the point under the pointer', () => {
  const bench = new ToolBench('pan');
  bench.drag(4, 4, 9, 2);
  expect(bench.panned).toEqual([{ x: 5, y: -2 }]);
  expect(bench.edits).toEqual([]);
});

const points = [at(4, 4), at(9, 4), at(9, 9)];
const states: ToolState[] = [
  { name: 'idle', last: null },
  { name: 'idle', last: at(3, 3) },
  { name: 'stroking', last: at(3, 3) },
  { name: 'placing', points: [at(4, 4)], pressed: null },
  { name: 'placing', points, pressed: null },
  { name: 'placing', points, pressed: { index: 2, at: at(9, 9), hasMoved: true } },
  { name: 'dragging', from: at(3, 3) },
  { name: 'turning', from: at(3, 3), to: null, isPressed: true },
  { name: 'turning', from: at(3, 3), to: at(8, 8), isPressed: false },
  { name: 'selecting', strokes: [], shape: null, isPressed: false },
  { name: 'selecting', strokes: [points], shape: null, isPressed: true },
  { name: 'panning', anchor: at(3, 3) },
];
const place = fc.record({
  x: fc.double({ min: -20, max: width + 20, noNaN: true }),
  y: fc.double({ min: -20, max: height + 20, noNaN: true }),
});
const keys = ['enter', 'escape', 'backspace', 'undo'] as const;
const anyEvent: fc.Arbitrary<ToolEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        ...([fc.constantFrom('down', 'move', 'up'), place, fc.boolean()] as const),
        ...([fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 2 })] as const),
      )
      .map(([type, { x, y }, shift, alt, ctrl, clicks]) =>
        pointer(type, x, y, { shift, alt, ctrl, clicks }),
      ),
  },
  { weight: 2, arbitrary: fc.constantFrom(...keys).map(key) },
  { weight: 1, arbitrary: fc.constant<ToolEvent>({ type: 'options' }) },
);
const everyEvent: ToolEvent[] = [
  ...(['down', 'move', 'up'] as const).flatMap((type) => [
    ...[pointer(type, 4, 4), pointer(type, -9, 400)],
    pointer(type, 12, 9, { shift: true, alt: true, ctrl: true, clicks: 2 }),
  ]),
  ...keys.map(key),
  ...([{ type: 'options' }, { type: 'interrupt' }] as const),
];

describe.each(maskTools)('%s', (tool: MaskTool) => {
  test('meets every event in every state', () => {
    for (const state of states) {
      for (const event of everyEvent) {
        const bench = new ToolBench(tool);
        const next = machines[tool](state, event, bench.options);
        expect(next.state.name).toBeTypeOf('string');
        if (event.type === 'interrupt') expect(next.state.name).toBe('idle');
      }
    }
  });

  test('is idle after any events and an interrupt, and nothing is left over', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const bench = new ToolBench(tool, { prediction: null }, (x, y) => (x * 7 + y * 13) % 256);
        bench.does(...events, { type: 'interrupt' });
        expect(bench.state.name).toBe('idle');
        expect([bench.isCaptured, bench.preview]).toEqual([false, null]);
        // All that is painted was committed: another's copy that took the edits is the same.
        expect(bench.surface.commit()).toEqual({ changes: [], toggles: [] });
        const document = bench.emptyLayers();
        for (const { changes, toggles } of bench.edits) {
          const copy = { defect: document.defect.clone(), ignore: document.ignore.clone() };
          applyToggles(copy, toggles);
          applyChanges(document, changes);
          for (const name of layerNames) expect(copy[name].equals(document[name])).toBe(true);
        }
        for (const name of layerNames) {
          expect(document[name].equals(bench.surface.layers[name])).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
