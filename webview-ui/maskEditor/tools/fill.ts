/** Fill: the region of equal mask value (4 neighbours) around the pixel clicked. */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point } from '../../../protocol/mask/raster.ts';
import { inverted, regionsOf } from '../../../protocol/mask/regions.ts';
import type { BitsShape } from './pixels.ts';
import { pixelIn } from './pixels.ts';
import type { Machine } from './tool.ts';
import { idle, isAdding, paintEffect, stay } from './tool.ts';

/** Null outside of the image. */
export function fillFrom(mask: MaskBits, at: Point): BitsShape | null {
  const { width, height } = mask;
  const seed = pixelIn(at, { x: 0, y: 0, width, height });
  if (seed === null) return null;
  const value = mask.has(seed.x, seed.y);
  const { runs, regionOfRun } = regionsOf(value ? mask : inverted(mask), 4);
  const number = (run: number, part: 0 | 1 | 2): number => runs[3 * run + part] ?? 0;
  const seedRun = regionOfRun.findIndex(
    (_, run) => number(run, 0) === seed.y && number(run, 1) <= seed.x && seed.x < number(run, 2),
  );
  const bits = new MaskBits(width, height);
  for (const [run, region] of regionOfRun.entries()) {
    if (region === regionOfRun[seedRun]) {
      bits.fill(number(run, 0), number(run, 1), number(run, 2), true);
    }
  }
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
