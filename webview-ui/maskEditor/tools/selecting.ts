/**
 * Wand, smart select and accept prediction: a press or a stroke previews pixels, further ones with Shift add
 * to them, other options (tolerance, threshold) preview anew; Enter paints them, Escape discards them.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point, Shape, Size } from '../../../protocol/mask/raster.ts';
import { eachShapeSpan } from '../../../protocol/mask/raster.ts';
import type { BitsShape } from './pixels.ts';
import { predictedRegion } from './prediction.ts';
import { selectAlong } from './smartSelect.ts';
import type { Effect, Machine, PointerEventOfTool, ToolEvent, ToolOptions } from './tool.ts';
import type { ToolState, ToolStep } from './tool.ts';
import { abandon, consumed, finish, idle, isEnd, isTakingBack } from './tool.ts';
import { noPreview, previewEffect, stay } from './tool.ts';
import { wandFrom } from './wand.ts';

type Selecting = Extract<ToolState, { name: 'selecting' }>;
type Stroke = readonly Point[];
/** The pixels that a stroke finds; null for none. */
interface Finder {
  readonly find: (stroke: Stroke, start: Point, options: ToolOptions) => BitsShape | null;
  /** The whole stroke counts, so that nothing is looked for before it ends; else its start alone. */
  readonly usesStroke: boolean;
}

const wand: Finder['find'] = (_, start, { grey, tolerance }) => {
  const window = grey(start);
  return window === null ? null : wandFrom(window, start, tolerance);
};

const smartSelect: Finder['find'] = (stroke, start, { grey, tolerance }) => {
  const window = grey(start);
  return window === null ? null : selectAlong(window, stroke, tolerance);
};

const acceptPrediction: Finder['find'] = (_, start, { prediction, size, threshold }) =>
  prediction === null ? null : predictedRegion(prediction, size, threshold, start);

/** What all strokes find together. */
function foundBy(finder: Finder, strokes: readonly Stroke[], options: ToolOptions): Shape | null {
  const shapes = strokes.flatMap((stroke) => {
    const start = stroke[0];
    const shape = start === undefined ? null : finder.find(stroke, start, options);
    return shape === null ? [] : [shape];
  });
  return shapes.length < 2 ? (shapes[0] ?? null) : unionOf(shapes, options.size);
}

function unionOf(shapes: readonly BitsShape[], { width, height }: Size): Shape {
  const bits = new MaskBits(width, height);
  for (const shape of shapes) {
    eachShapeSpan(shape, bits, (y, x0, x1) => bits.fill(y, x0, x1, true));
  }
  return { kind: 'bits', x: 0, y: 0, bits };
}

const selectingTool =
  (finder: Finder): Machine =>
  (state, event, options) => {
    if (state.name !== 'selecting') {
      if (event.type !== 'down') return stay(idle);
      return press(finder, null, event, options);
    }
    if (isEnd(event)) return abandon(event, state.isPressed);
    if (isTakingBack(event)) return takeBack(finder, state, event, options);
    switch (event.type) {
      case 'down':
        return state.isPressed ? stay(state) : press(finder, state, event, options);
      case 'move':
      case 'up':
        return state.isPressed ? draw(finder, state, event, options) : stay(state);
      case 'options':
        return shown(finder, state, event, options, []);
      default:
        return accept(state, event, options);
    }
  };

/** The state with what it finds by these options, and its preview. */
function shown(
  finder: Finder,
  state: Selecting,
  event: ToolEvent,
  options: ToolOptions,
  effects: readonly Effect[],
): ToolStep {
  const shape = foundBy(finder, state.strokes, options);
  const preview = shape === null ? noPreview : previewEffect(shape, event, options);
  return { state: { ...state, shape }, effects: [...effects, preview] };
}

function press(
  finder: Finder,
  before: Selecting | null,
  event: PointerEventOfTool,
  options: ToolOptions,
): ToolStep {
  const kept = event.shift && before !== null ? before.strokes : [];
  const strokes = [...kept, [event.at]];
  const next: Selecting = { name: 'selecting', strokes, shape: null, isPressed: true };
  if (finder.usesStroke) return { state: next, effects: [{ type: 'capture' }, noPreview] };
  return shown(finder, next, event, options, [{ type: 'capture' }]);
}

/** The stroke goes on, or ends. */
function draw(
  finder: Finder,
  state: Selecting,
  event: PointerEventOfTool,
  options: ToolOptions,
): ToolStep {
  const strokes = state.strokes.with(-1, [...(state.strokes.at(-1) ?? []), event.at]);
  if (event.type === 'move') return stay({ ...state, strokes });
  const next: Selecting = { ...state, strokes, isPressed: false };
  if (!finder.usesStroke) return { state: next, effects: [{ type: 'release' }] };
  return shown(finder, next, event, options, [{ type: 'release' }]);
}

function takeBack(
  finder: Finder,
  state: Selecting,
  event: ToolEvent,
  options: ToolOptions,
): ToolStep {
  const strokes = state.strokes.slice(0, -1);
  if (strokes.length === 0) return abandon(event, state.isPressed);
  const release: Effect[] = state.isPressed ? [{ type: 'release' }] : [];
  const next: Selecting = { ...state, strokes, isPressed: false };
  const { state: after, effects } = shown(finder, next, event, options, release);
  return { state: after, effects: [...effects, ...consumed(event)] };
}

/** Where nothing was found there is nothing to paint, and the tool waits for another stroke. */
function accept(state: Selecting, event: ToolEvent, options: ToolOptions): ToolStep {
  if (state.shape === null || state.isPressed) return { state, effects: consumed(event) };
  return finish(state.shape, event, options, false);
}

export const wandTool = selectingTool({ find: wand, usesStroke: false });
export const smartSelectTool = selectingTool({ find: smartSelect, usesStroke: true });
export const acceptPredictionTool = selectingTool({ find: acceptPrediction, usesStroke: false });
