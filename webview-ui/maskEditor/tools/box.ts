/**
 * Rectangle and ellipse: dragged from corner to corner. Shift makes the sides equal, Alt drags from the
 * centre.
 */
import type { Point, Shape } from '../../../protocol/mask/raster.ts';
import type { Machine, PointerEventOfTool } from './tool.ts';
import { abandon, consumed, finish, idle, isEnd, isTakingBack } from './tool.ts';
import { previewEffect, stay } from './tool.ts';

const rectangle = (from: Point, to: Point): Shape => ({ kind: 'rectangle', from, to });

const ellipse = (from: Point, to: Point): Shape => ({
  kind: 'ellipse',
  centre: { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 },
  halfX: Math.abs(to.x - from.x) / 2,
  halfY: Math.abs(to.y - from.y) / 2,
  angle: 0,
});

const boxTool =
  (shapeOf: (from: Point, to: Point) => Shape): Machine =>
  (state, event, options) => {
    if (state.name !== 'dragging') {
      if (event.type !== 'down') return stay(idle);
      return { state: { name: 'dragging', from: event.at }, effects: [{ type: 'capture' }] };
    }
    if (isEnd(event) || isTakingBack(event)) return abandon(event, true);
    if (event.type !== 'move' && event.type !== 'up') return { state, effects: consumed(event) };
    const shape = shapeOf(...cornersOfDrag(state.from, event));
    if (event.type === 'up') return finish(shape, event, options, true);
    return { state, effects: [previewEffect(shape, event, options)] };
  };

function cornersOfDrag(start: Point, { at, shift, alt }: PointerEventOfTool): [Point, Point] {
  let [dx, dy] = [at.x - start.x, at.y - start.y];
  if (shift) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [dx < 0 ? -side : side, dy < 0 ? -side : side];
  }
  const to = { x: start.x + dx, y: start.y + dy };
  return [alt ? { x: start.x - dx, y: start.y - dy } : start, to];
}

export const rectangleTool = boxTool(rectangle);
export const ellipseTool = boxTool(ellipse);
