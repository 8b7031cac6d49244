/** Pan: the image's point under the pointer stays there while it is pressed. Also for the pan key, held. */
import type { Machine } from './tool.ts';
import { consumed, idle, isEnd, stay } from './tool.ts';

export const panTool: Machine = (state, event) => {
  if (state.name !== 'panning') {
    if (event.type !== 'down') return stay(idle);
    return { state: { name: 'panning', anchor: event.at }, effects: [{ type: 'capture' }] };
  }
  if (event.type === 'up') return { state: idle, effects: [{ type: 'release' }] };
  if (isEnd(event)) return { state: idle, effects: [{ type: 'release' }, ...consumed(event)] };
  if (event.type !== 'move') return { state, effects: consumed(event) };
  const by = { x: event.at.x - state.anchor.x, y: event.at.y - state.anchor.y };
  return { state, effects: [{ type: 'pan', by }] };
};
