/** Flood fills of windows of an image, and their results as shapes. */
import type { PixelBox } from '../../../protocol/mask/bits.ts';
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Point, Shape } from '../../../protocol/mask/raster.ts';

/** Pixels of a window of the image. */
export type BitsShape = Extract<Shape, { kind: 'bits' }>;

/** Grey values 0..255 of a window of the image, row by row. */
export interface GreyWindow {
  readonly box: PixelBox;
  readonly values: Uint8Array;
}

/** A point as a pixel of a box, counted from the box's corner; null outside. */
export function pixelIn(point: Point, box: PixelBox): Point | null {
  const [x, y] = [Math.floor(point.x) - box.x, Math.floor(point.y) - box.y];
  return x >= 0 && y >= 0 && x < box.width && y < box.height ? { x, y } : null;
}

export type IsInside = (x: number, y: number) => boolean;

/**
 * The pixels connected (4 neighbours) with one of the seeds through pixels that are inside; by whole spans.
 * Seeds that are not inside find nothing.
 */
export function flood(
  width: number,
  height: number,
  seeds: readonly Point[],
  isInside: IsInside,
): MaskBits {
  const found = new MaskBits(width, height);
  const isNew = (x: number, y: number): boolean => !found.has(x, y) && isInside(x, y);
  const open: number[] = seeds.flatMap(({ x, y }) => [x, y]);
  /** The first pixel of each new span beside pixels x0 up to (without) x1. */
  const look = (y: number, x0: number, x1: number): void => {
    if (y < 0 || y >= height) return;
    for (let x = x0; x < x1; x += 1) {
      if (isNew(x, y) && (x === x0 || !isNew(x - 1, y))) open.push(x, y);
    }
  };
  for (;;) {
    const y = open.pop();
    const x = open.pop();
    if (x === undefined || y === undefined) return found;
    if (!isNew(x, y)) continue;
    let [x0, x1] = [x, x + 1];
    while (x0 > 0 && isNew(x0 - 1, y)) x0 -= 1;
    while (x1 < width && isNew(x1, y)) x1 += 1;
    found.fill(y, x0, x1, true);
    look(y - 1, x0, x1);
    look(y + 1, x0, x1);
  }
}
