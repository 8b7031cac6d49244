/**
 * Brush, eraser and ignore brush: one machine. Each movement paints at once; the whole stroke is one edit.
 * Shift+press draws a straight line from where the last stroke ended.
 */
import type { Point, Shape } from '../../../protocol/mask/raster.ts';
import type { Effect, Machine, ToolEvent, ToolOptions, ToolStep } from './tool.ts';
import { consumed, idle, isEnd, stay } from './tool.ts';

/** What a brush paints. */
export interface Paint {
  readonly layer: 'defect' | 'ignore' | 'both';
  readonly value: boolean;
}

export const brushTool =
  (paint: Paint): Machine =>
  (state, event, options) => {
    if (state.name === 'stroking') return stroking(paint, state.last, event, options);
    const last = state.name === 'idle' ? state.last : null;
    if (event.type !== 'down') return stay(state.name === 'idle' ? state : idle);
    const from = event.shift && last !== null ? last : event.at;
    return {
      state: { name: 'stroking', last: event.at },
      effects: [{ type: 'capture' }, stroke(paint, from, event.at, options)],
    };
  };

function stroke(paint: Paint, from: Point, to: Point, { brushSize, square }: ToolOptions): Effect {
  const shape: Shape = { kind: 'stroke', from, to, diameter: brushSize, square };
  return { type: 'paint', ...paint, shape };
}

function stroking(paint: Paint, last: Point, event: ToolEvent, options: ToolOptions): ToolStep {
  if (event.type === 'move') {
    return {
      state: { name: 'stroking', last: event.at },
      effects: [stroke(paint, last, event.at, options)],
    };
  }
  if (event.type === 'up') {
    return {
      state: { name: 'idle', last: event.at },
      effects: [
        stroke(paint, last, event.at, options),
        ...([{ type: 'commit' }, { type: 'release' }] as const),
      ],
    };
  }
  const isUndo = event.type === 'key' && event.key === 'undo';
  if (isEnd(event) || isUndo) {
    return { state: idle, effects: [{ type: 'discard' }, { type: 'release' }, ...consumed(event)] };
  }
  // Other keys are taken, so that they do nothing else in the middle of a stroke.
  return { state: { name: 'stroking', last }, effects: consumed(event) };
}
