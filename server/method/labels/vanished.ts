/**
 * Defects that are lost on the way to the map (docs/method.md, "Labels"): resizing without antialiasing can miss all
 * of a small one. An image that shows a defect never trains as clean: its strongest cell keeps a target.
 */
import { cellOfPoint } from '../../../protocol/mapGeometry.ts';
import type { Size } from '../../../protocol/mask/raster.ts';
import type { BinaryMask } from './mask.ts';

/** True for a target map (0..1) that a mask with marks has left nothing in. */
export const isVanished = (target: Float32Array): boolean => target.every((value) => value === 0);

/** The cell whose point is nearest to pixel `pixel` of a side, along one axis. */
const nearestCell = (pixel: number, cells: number, side: number): number =>
  Math.min(cells - 1, Math.max(0, Math.round(cellOfPoint(pixel + 0.5, cells, side))));

/** The cell of the map (row-major) that most marked pixels of a mask of any size are in. */
export function strongestCell(mask: BinaryMask, map: Size): number {
  const counts = new Uint32Array(map.width * map.height);
  for (let y = 0; y < mask.height; y += 1) {
    const row = nearestCell(y, map.height, mask.height) * map.width;
    for (let x = 0; x < mask.width; x += 1) {
      if (mask.data[y * mask.width + x] === 0) continue;
      const cell = row + nearestCell(x, map.width, mask.width);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return counts.reduce((best, count, cell) => (count > (counts[best] ?? 0) ? cell : best), 0);
}
