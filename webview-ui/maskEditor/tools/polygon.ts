/**
 * Polygon: each press adds a point, which follows the pointer until it is let go; pressing a point placed
 * before moves that one. A click on the first point, a double click or Enter closes; Backspace and undo take
 * back the last point; Escape takes back all.
 */
import type { Point, Shape } from '../../../protocol/mask/raster.ts';
import type {
  Effect,
  Machine,
  PointerEventOfTool,
  ToolEvent,
  ToolOptions,
  ToolState,
  ToolStep,
} from './tool.ts';
import { abandon, consumed, distance, finish, idle, isEnd, isTakingBack } from './tool.ts';
import { previewEffect, stay } from './tool.ts';

type Placing = Extract<ToolState, { name: 'placing' }>;

export const polygonTool: Machine = (state, event, options) => {
  if (state.name !== 'placing') {
    if (event.type !== 'down') return stay(idle);
    return press({ name: 'placing', points: [], pressed: null }, event, options);
  }
  if (isEnd(event)) return abandon(event, state.pressed !== null);
  if (isTakingBack(event)) return takeBack(state, event, options);
  switch (event.type) {
    case 'down':
      return state.pressed === null ? press(state, event, options) : stay(state);
    case 'move':
      return move(state, event, options);
    case 'up':
      return lift(state, event, options);
    case 'key':
      return canClose(state) ? close(state, event, options) : { state, effects: consumed(event) };
    default:
      return { state, effects: [preview(state, event, options)] };
  }
};

const canClose = ({ points }: Placing): boolean => points.length > 2;

const shapeOf = (points: readonly Point[]): Shape => ({ kind: 'polygon', points });

/** The outline as it would be closed; while nothing is pressed, the pointer is its last point. */
function preview({ points, pressed }: Placing, event: ToolEvent, options: ToolOptions): Effect {
  const hasPointer = pressed === null && event.type === 'move';
  const outline = hasPointer ? [...points, event.at] : points;
  return previewEffect(shapeOf(outline), event, options, points);
}

const close = (state: Placing, event: ToolEvent, options: ToolOptions): ToolStep =>
  finish(shapeOf(state.points), event, options, state.pressed !== null);

function press(state: Placing, event: PointerEventOfTool, options: ToolOptions): ToolStep {
  const { points } = state;
  if (event.clicks > 1 && canClose(state)) return close(state, event, options);
  const found = points.findIndex((point) => distance(point, event.at) <= options.near);
  const isNew = found < 0;
  const next: Placing = {
    name: 'placing',
    points: isNew ? [...points, event.at] : points,
    pressed: { index: isNew ? points.length : found, at: event.at, hasMoved: false },
  };
  return { state: next, effects: [{ type: 'capture' }, preview(next, event, options)] };
}

function move(state: Placing, event: PointerEventOfTool, options: ToolOptions): ToolStep {
  const next = dragged(state, event, options);
  return { state: next, effects: [preview(next, event, options)] };
}

/** With the pressed point where the pointer is, once that has moved far enough to be meant. */
function dragged(state: Placing, event: PointerEventOfTool, options: ToolOptions): Placing {
  const { points, pressed } = state;
  if (pressed === null) return state;
  const hasMoved = pressed.hasMoved || distance(pressed.at, event.at) > options.near;
  if (!hasMoved) return state;
  return {
    name: 'placing',
    points: points.with(pressed.index, event.at),
    pressed: { ...pressed, hasMoved },
  };
}

function lift(state: Placing, event: PointerEventOfTool, options: ToolOptions): ToolStep {
  if (state.pressed === null) return stay(state);
  const next = dragged(state, event, options);
  const isClickOnFirst = next.pressed?.index === 0 && !next.pressed.hasMoved;
  if (isClickOnFirst && canClose(next)) return close(next, event, options);
  const lifted: Placing = { ...next, pressed: null };
  return { state: lifted, effects: [{ type: 'release' }, preview(lifted, event, options)] };
}

function takeBack(state: Placing, event: ToolEvent, options: ToolOptions): ToolStep {
  const points = state.points.slice(0, -1);
  if (points.length === 0) return abandon(event, state.pressed !== null);
  const next: Placing = { name: 'placing', points, pressed: null };
  const release: Effect[] = state.pressed === null ? [] : [{ type: 'release' }];
  return { state: next, effects: [...release, preview(next, event, options), ...consumed(event)] };
}
