/** Maps with one hot cell, and where what is drawn of them lies. */
import type { Point, Size } from '../../protocol/mask/raster.ts';

/** Input sizes whose images are of the sizes given: enlarged to the input, shrunk to it, in another shape. */
export const inputAndImages = {
  input: { imageWidth: 128, imageHeight: 176 },
  images: [
    { width: 128, height: 176 },
    { width: 300, height: 410 },
    { width: 90, height: 101 },
    { width: 61, height: 240 },
  ],
} as const;

export interface HotMap extends Size {
  readonly values: Uint8Array;
}

/** All 0 but one cell, which is 255. */
export function hotMap({ width, height }: Size, cell: Point): HotMap {
  const values = new Uint8Array(width * height);
  values[cell.y * width + cell.x] = 255;
  return { width, height, values };
}

/** Where cell (x, y) belongs on an image: 8i + 0.5 of the input, by the share of its side. In pixels from the edge. */
export const placeOf = (cell: Point, map: Size, image: Size): Point => ({
  x: ((8 * cell.x + 0.5) * image.width) / (8 * map.width),
  y: ((8 * cell.y + 0.5) * image.height) / (8 * map.height),
});

/** The centre of what is not 0, by its strength; row by row. In pixels from the edge. */
export function centreOf(values: ArrayLike<number>, width: number): Point {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    sum += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  }
  return { x: x / sum, y: y / sum };
}

/** The larger of the two distances, across and down. */
export const apart = (a: Point, b: Point): number =>
  Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));

/**
 * How likely a heat map says a defect is at each pixel of a picture, from the picture without it; bytes of three
 * channels. It covers by the root of the probability; what compression adds counts as nothing.
 */
export function heatOf(without: Uint8Array, heated: Uint8Array): Float64Array {
  return Float64Array.from({ length: heated.length / 3 }, (_, i) => {
    const changes = [0, 1, 2].map((c) => (heated[3 * i + c] ?? 0) - (without[3 * i + c] ?? 0));
    const square = changes.reduce((sum, change) => sum + change ** 2, 0);
    return square < 64 ? 0 : square;
  });
}
