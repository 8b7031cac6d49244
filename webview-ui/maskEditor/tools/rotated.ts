/**
 * Rotated rectangle: the first side by two clicks or one drag, then the opposite side by a click or a drag
 * that starts at the second corner. Backspace and undo take back one corner.
 */
import type { Point, Shape } from '../../../protocol/mask/raster.ts';
import type { Effect, Machine, PointerEventOfTool, ToolEvent, ToolOptions } from './tool.ts';
import type { ToolState, ToolStep } from './tool.ts';
import { abandon, consumed, distance, finish, idle, isEnd, isTakingBack } from './tool.ts';
import { previewEffect, stay } from './tool.ts';

type Turning = Extract<ToolState, { name: 'turning' }>;

export const rotatedRectangleTool: Machine = (state, event, options) => {
  if (state.name !== 'turning') {
    if (event.type !== 'down') return stay(idle);
    const started: Turning = { name: 'turning', from: event.at, to: null, isPressed: true };
    return {
      state: started,
      effects: [{ type: 'capture' }, preview(started, event, event.at, options)],
    };
  }
  if (isEnd(event)) return abandon(event, state.isPressed);
  if (isTakingBack(event)) return takeBack(state, event, options);
  switch (event.type) {
    case 'down':
      return state.isPressed ? stay(state) : press(state, event, options);
    case 'move':
      return { state, effects: [preview(state, event, event.at, options)] };
    case 'up':
      return state.isPressed ? lift(state, event, options) : stay(state);
    default:
      return { state, effects: consumed(event) };
  }
};

const shapeOf = (from: Point, to: Point, through: Point): Shape => ({
  ...{ kind: 'rotatedRectangle', from, to, through },
});

/** A line to the pointer, then the rectangle through it. */
function preview(
  { from, to }: Turning,
  event: ToolEvent,
  pointer: Point,
  options: ToolOptions,
): Effect {
  const handles = to === null ? [from] : [from, to];
  const shape: Shape =
    to === null ? { kind: 'polygon', points: [from, pointer] } : shapeOf(from, to, pointer);
  return previewEffect(shape, event, options, handles);
}

function press(state: Turning, event: PointerEventOfTool, options: ToolOptions): ToolStep {
  const { from, to } = state;
  if (to !== null) return finish(shapeOf(from, to, event.at), event, options, false);
  // A side without a length has no direction.
  if (distance(from, event.at) <= options.near) return stay(state);
  const next: Turning = { ...state, to: event.at, isPressed: true };
  return { state: next, effects: [{ type: 'capture' }, preview(next, event, event.at, options)] };
}

function lift(state: Turning, event: PointerEventOfTool, options: ToolOptions): ToolStep {
  const { from, to } = state;
  const hasMoved = distance(to ?? from, event.at) > options.near;
  if (to !== null && hasMoved) return finish(shapeOf(from, to, event.at), event, options, true);
  const next: Turning = { ...state, to: to ?? (hasMoved ? event.at : null), isPressed: false };
  return { state: next, effects: [{ type: 'release' }, preview(next, event, event.at, options)] };
}

function takeBack(state: Turning, event: ToolEvent, options: ToolOptions): ToolStep {
  const { from, to, isPressed } = state;
  if (to === null) return abandon(event, isPressed);
  const next: Turning = { name: 'turning', from, to: null, isPressed: false };
  const release: Effect[] = isPressed ? [{ type: 'release' }] : [];
  return {
    state: next,
    effects: [...release, preview(next, event, to, options), ...consumed(event)],
  };
}
