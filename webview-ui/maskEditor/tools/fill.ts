/** Fill: the region of equal mask value (4 neighbours) around the pixel clicked. */
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point } from '../../../protocol/mask/raster.ts';
import type { BitsShape } from './pixels.ts';
import { flood, pixelIn } from './pixels.ts';
import type { Machine } from './tool.ts';
import { idle, isAdding, paintEffect, stay } from './tool.ts';

/** Null outside of the image. */
export function fillFrom(mask: MaskBits, at: Point): BitsShape | null {
  const { width, height } = mask;
  const seed = pixelIn(at, { x: 0, y: 0, width, height });
  if (seed === null) return null;
  const value = mask.has(seed.x, seed.y);
  const bits = flood(width, height, [seed], (x, y) => mask.has(x, y) === value);
  return { kind: 'bits', x: 0, y: 0, bits };
}

/** A click paints at once: adding sets a clear region, subtracting clears a set one. */
export const fillTool: Machine = (_, event, options) => {
  if (event.type !== 'down') return stay(idle);
  const mask = options.layers.defect;
  const isSet = mask.has(Math.floor(event.at.x), Math.floor(event.at.y));
  if (isSet === isAdding(event, options)) return stay(idle);
  const shape = fillFrom(mask, event.at);
  if (shape === null) return stay(idle);
  return { state: idle, effects: [paintEffect(shape, event, options), { type: 'commit' }] };
};
