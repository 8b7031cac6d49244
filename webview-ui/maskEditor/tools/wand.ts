/**
 * The magic wand: the pixels connected (4 neighbours) with the one clicked whose grey values differ from its
 * value by at most the tolerance.
 */
import type { Point } from '../../../protocol/mask/raster.ts';
import type { BitsShape, GreyWindow } from './pixels.ts';
import { flood, pixelIn } from './pixels.ts';

/** Null where the window does not have the pixel. */
export function wandFrom(window: GreyWindow, at: Point, tolerance: number): BitsShape | null {
  const { box, values } = window;
  const seed = pixelIn(at, box);
  if (seed === null) return null;
  const value = values[seed.y * box.width + seed.x] ?? 0;
  const isAlike = (x: number, y: number): boolean =>
    Math.abs((values[y * box.width + x] ?? 0) - value) <= tolerance;
  return {
    ...{ kind: 'bits', x: box.x, y: box.y },
    bits: flood(box.width, box.height, [seed], isAlike),
  };
}
