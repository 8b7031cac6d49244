/**
 * Where a map of the network lies on what it was made of: the one way between map, input and image
 * (docs/method.md, "Maps and pixels"). Cell i of a map stands for the point 8i + 0.5 of the input, the
 * middle of the window that its training target is the average of, not for the middle of its eight pixels.
 * The image fills the input, so that the same share of a side is the same place on both.
 *
 * Points are in pixels from the edge: pixel k reaches from k to k + 1, its centre is k + 0.5. Beyond the
 * outermost points a map goes on as it is at its border.
 */
import type { Size } from './mask/raster.ts';

/** Pixels of the input a cell of the map, along each axis. */
export const mapStride = 8;
/** Longest side of a map: inputs have at most 16,384 pixels on a side. */
export const mostMapSide = 2048;
/** Where in its eight pixels the point lies that a cell stands for. */
const pointInCell = 0.5;

/** As it comes from the network: row by row, in any unit. */
export interface NetworkMap extends Size {
  readonly values: ArrayLike<number>;
}

/** The size of a network's maps. */
export const mapSizeOf = (input: {
  readonly imageWidth: number;
  readonly imageHeight: number;
}): Size => ({ width: input.imageWidth / mapStride, height: input.imageHeight / mapStride });

/** The point of an image of side `side` that a cell stands for, along one axis; `side` may be the input's. */
export const pointOfCell = (cell: number, mapSide: number, side: number): number =>
  ((cell + pointInCell / mapStride) * side) / mapSide;

/** The cell that stands for a point, between cells where it lies between their points; may be outside. */
export const cellOfPoint = (point: number, mapSide: number, side: number): number =>
  (point * mapSide) / side - pointInCell / mapStride;

/** For each pixel along one axis the cells that it is made of, `count` from `first` on, and their shares. */
interface Axis {
  readonly first: Int32Array;
  readonly count: number;
  /** `count` a pixel; their sum is 1. */
  readonly shares: Float64Array;
}

/** Bilinear between the cells' points; where cells are smaller than pixels, over as many as a pixel covers. */
function axisOf(mapSide: number, side: number): Axis {
  const reach = Math.max(1, mapSide / side);
  const count = Math.min(mapSide, Math.ceil(2 * reach));
  const first = new Int32Array(side);
  const shares = new Float64Array(side * count);
  for (let pixel = 0; pixel < side; pixel += 1) {
    const centre = cellOfPoint(pixel + 0.5, mapSide, side);
    const from = Math.min(Math.max(Math.floor(centre - reach) + 1, 0), mapSide - count);
    first[pixel] = from;
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const share = Math.max(0, 1 - Math.abs(from + i - centre) / reach);
      shares[pixel * count + i] = share;
      sum += share;
    }
    for (let i = 0; i < count; i += 1) {
      shares[pixel * count + i] = (shares[pixel * count + i] ?? 0) / sum;
    }
  }
  return { first, count, shares };
}

/** Cells `start`, `start + step` and so on, in the shares of a pixel; exact where they are all alike. */
function mixed(
  values: Float64Array,
  start: number,
  step: number,
  pixel: number,
  { count, shares }: Axis,
): number {
  const base = values[start] ?? 0;
  let sum = base;
  for (let i = 1; i < count; i += 1) {
    sum += (shares[pixel * count + i] ?? 0) * ((values[start + i * step] ?? 0) - base);
  }
  return sum;
}

/** A map as it lies over an image, in the unit of its values. */
export class LaidMap {
  readonly #values: Float64Array;
  readonly #columns: Axis;
  readonly #rows: Axis;
  readonly #line: Float64Array;
  readonly #row: Float64Array;

  constructor(map: NetworkMap, image: Size) {
    this.#values = Float64Array.from(map.values);
    this.#columns = axisOf(map.width, image.width);
    this.#rows = axisOf(map.height, image.height);
    this.#line = new Float64Array(map.width);
    this.#row = new Float64Array(image.width);
  }

  /** A row of the image's pixels, good until the next one is asked for; undefined if all are below `least`. */
  row(y: number, least = -Infinity): Float64Array | undefined {
    const [line, row, rows, columns] = [this.#line, this.#row, this.#rows, this.#columns];
    const start = (rows.first[y] ?? 0) * line.length;
    let highest = -Infinity;
    for (let column = 0; column < line.length; column += 1) {
      const value = mixed(this.#values, start + column, line.length, y, rows);
      line[column] = value;
      if (value > highest) highest = value;
    }
    if (highest < least) return undefined;
    for (let x = 0; x < row.length; x += 1) {
      row[x] = mixed(line, columns.first[x] ?? 0, 1, x, columns);
    }
    return row;
  }
}

/** The map at an image's size, row by row. */
export function mapAtSize(map: NetworkMap, image: Size): Float32Array {
  const laid = new LaidMap(map, image);
  const result = new Float32Array(image.width * image.height);
  for (let y = 0; y < image.height; y += 1) result.set(laid.row(y) ?? [], y * image.width);
  return result;
}
