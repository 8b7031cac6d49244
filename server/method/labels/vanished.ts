/**
 * Defects that are lost on the way to the map (docs/method.md, "Labels"): resizing without antialiasing can miss all
 * of a small one. An image that shows a defect never trains as clean: its strongest cell keeps a target.
 */
import type { BinaryMask } from './mask.ts';

const STRIDE = 8;

/** True for a target map (0..1) that a mask with marks has left nothing in. */
export const isVanished = (target: Float32Array): boolean => target.every((value) => value === 0);

/** The cell centred nearest to `position` (input pixels); cell i lies on 8i + 0.5. */
const cellAt = (position: number, cells: number): number =>
  Math.min(cells - 1, Math.max(0, Math.round((position - 0.5) / STRIDE)));

/** The cell of the map (row-major, width x height cells) that most marked pixels of a mask of any size are in. */
export function strongestCell(mask: BinaryMask, mapWidth: number, mapHeight: number): number {
  const counts = new Uint32Array(mapWidth * mapHeight);
  const [across, down] = [(mapWidth * STRIDE) / mask.width, (mapHeight * STRIDE) / mask.height];
  for (let y = 0; y < mask.height; y += 1) {
    const row = cellAt((y + 0.5) * down, mapHeight) * mapWidth;
    for (let x = 0; x < mask.width; x += 1) {
      if (mask.data[y * mask.width + x] === 0) continue;
      const cell = row + cellAt((x + 0.5) * across, mapWidth);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return counts.reduce((best, count, cell) => (count > (counts[best] ?? 0) ? cell : best), 0);
}
