/**
 * Smart select: grows a region from the pixels of a stroke, along what is even and not across edges. Each
 * step to a neighbour (4) costs the difference of their grey values; a pixel is taken if a way to it costs
 * at most the tolerance. Differences below the grain of a picture are free, or else long ways through noise
 * would end; so that slow shading does not lead anywhere, a pixel's value also has to be within the
 * tolerance of those under the stroke.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point } from '../../../protocol/mask/raster.ts';
import { eachShapeSpan } from '../../../protocol/mask/raster.ts';
import type { BitsShape, GreyWindow } from './pixels.ts';

/** Steps of so many grey values are free. */
const grain = 2;

/** Null where the stroke has no pixel in the window. */
export function selectAlong(
  window: GreyWindow,
  stroke: readonly Point[],
  tolerance: number,
): BitsShape | null {
  const { box, values } = window;
  const seeds = pixelsUnder(window, stroke);
  if (seeds.length === 0) return null;
  const greys = seeds.map((seed) => values[seed] ?? 0);
  const least = greys.reduce((a, b) => Math.min(a, b)) - tolerance;
  const most = greys.reduce((a, b) => Math.max(a, b)) + tolerance;
  const isTaken = cheapest(window, seeds, tolerance, (grey) => grey >= least && grey <= most);
  const bits = new MaskBits(box.width, box.height);
  isTaken.forEach((taken, place) => {
    const x = place % box.width;
    if (taken === 1) bits.fill((place - x) / box.width, x, x + 1, true);
  });
  return { kind: 'bits', x: box.x, y: box.y, bits };
}

/** Places in the window of the pixels on the line through the points. */
function pixelsUnder({ box }: GreyWindow, stroke: readonly Point[]): number[] {
  const places = new Set<number>();
  const local = stroke.map(({ x, y }) => ({ x: x - box.x, y: y - box.y }));
  local.forEach((to, i) => {
    const from = local[Math.max(0, i - 1)] ?? to;
    eachShapeSpan({ kind: 'stroke', from, to, diameter: 1, square: false }, box, (y, x0, x1) => {
      for (let x = x0; x < x1; x += 1) places.add(y * box.width + x);
    });
  });
  return [...places];
}

/** Shortest ways (Dijkstra, costs are small whole numbers): 1 for pixels within the tolerance. */
function cheapest(
  { box, values }: GreyWindow,
  seeds: readonly number[],
  tolerance: number,
  isAllowed: (grey: number) => boolean,
): Uint8Array {
  const taken = new Uint8Array(box.width * box.height);
  const costs = new Uint16Array(box.width * box.height).fill(0xffff);
  const open: number[][] = Array.from({ length: tolerance + 1 }, () => []);
  const reach = (place: number, cost: number): void => {
    if (cost > tolerance || cost >= (costs[place] ?? 0)) return;
    costs[place] = cost;
    open[cost]?.push(place);
  };
  const go = (from: number, to: number, cost: number): void => {
    const grey = values[to] ?? 0;
    if (isAllowed(grey)) {
      reach(to, cost + Math.max(0, Math.abs(grey - (values[from] ?? 0)) - grain));
    }
  };
  for (const seed of seeds) reach(seed, 0);
  open.forEach((places, cost) => {
    // Grows while it is gone through: a free step stays at this cost.
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (taken[place] === 1) continue;
      taken[place] = 1;
      const x = place % box.width;
      if (x > 0) go(place, place - 1, cost);
      if (x + 1 < box.width) go(place, place + 1, cost);
      if (place >= box.width) go(place, place - box.width, cost);
      if (place + box.width < taken.length) go(place, place + box.width, cost);
    }
  });
  return taken;
}
