/**
 * The layers of one image while a format draws on them. Everything that comes from outside is checked before
 * memory is taken for it; what cannot be drawn is a UserError, whose message goes on after the place.
 */
import { UserError } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import { eachShapeSpan } from '../../../../protocol/mask/raster.ts';
import type { Point, Shape, Size } from '../../../../protocol/mask/raster.ts';
import type { DrawnLayers, Teller } from './contract.ts';

/** Farther outside of an image than this nothing is drawn by hand: the numbers are of something else. */
const farthest = 1_000_000;
/** Rows that the edges of one polygon may cross in all: each crossing is kept until the polygon is filled. */
const mostCrossings = 20_000_000;

/** The layer that a label stands for. */
export const layerOf = (label: string): 'defect' | 'ignore' =>
  label.trim().toLowerCase() === 'ignore' ? 'ignore' : 'defect';

function assertNumbers(numbers: readonly number[], what: string): void {
  const odd = numbers.find((value) => !Number.isFinite(value) || Math.abs(value) > farthest);
  if (odd === undefined) return;
  throw new UserError(`${what} has the coordinate ${odd}, which is no place near the image`);
}

/** Pairs x, y, x, y, … as points. */
export function pointsOf(numbers: readonly number[]): Point[] {
  if (numbers.length % 2 === 1) throw new UserError('a polygon has a number without its pair');
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    x: numbers[2 * i] ?? 0,
    y: numbers[2 * i + 1] ?? 0,
  }));
}

/** A brush of the mask editor is at most so wide. */
const widestLine = 1024;

/** Draws shapes one by one. A shape that is refused has drawn nothing, and makes no layer. */
export class Canvas {
  readonly size: Size;
  readonly #layers: { defect?: MaskBits; ignore?: MaskBits } = {};
  /** The point farthest outside of the image that was met. */
  #cut: Point | undefined;

  constructor(size: Size) {
    this.size = size;
  }

  /** Says once that shapes were cut at the edges: where a source names no size, they may be of another image. */
  tellCut(tell: Teller): void {
    if (this.#cut === undefined) return;
    const { x, y } = this.#cut;
    const { width, height } = this.size;
    tell.note(
      `it says no size of its image, and shapes reach out to ${Math.round(x)},${Math.round(y)} of ${width}x${height} pixels and were cut there; check that they are of this very image`,
    );
  }

  get layers(): DrawnLayers {
    return this.#layers;
  }

  /**
   * Has pixels set in the layer that a label stands for; gives it only when that did not throw. `draw` throws
   * before it sets any, and gives whether it set one.
   */
  paint(label: string, draw: (bits: MaskBits) => boolean): void {
    const layer = layerOf(label);
    const bits = this.#layers[layer] ?? new MaskBits(this.size.width, this.size.height);
    if (!draw(bits)) throw new UserError('it covers the centre of no pixel of the image');
    this.#layers[layer] = bits;
  }

  polygon(label: string, points: readonly Point[]): void {
    assertNumbers(
      points.flatMap(({ x, y }) => [x, y]),
      'a polygon',
    );
    if (points.length < 3) throw new UserError('a polygon has fewer than three corners');
    const { height } = this.size;
    const rows = points.map(({ y }, i) =>
      Math.min(height, Math.abs(y - (points[(i + 1) % points.length]?.y ?? y)) + 1),
    );
    if (rows.reduce((sum, count) => sum + count, 0) > mostCrossings) {
      throw new UserError(`a polygon of ${points.length} corners is too much to draw`);
    }
    this.#draw(label, { kind: 'polygon', points });
    points.forEach((point) => this.#note(point));
  }

  rectangle(label: string, from: Point, to: Point): void {
    assertNumbers([from.x, from.y, to.x, to.y], 'a box');
    this.#draw(label, { kind: 'rectangle', from, to });
    [from, to].forEach((point) => this.#note(point));
  }

  /** `angle` in radians, from x towards y. */
  ellipse(label: string, centre: Point, halfX: number, halfY: number, angle: number): void {
    assertNumbers([centre.x, centre.y, halfX, halfY, angle], 'an ellipse');
    this.#draw(label, { kind: 'ellipse', centre, halfX, halfY, angle });
  }

  /** A mask whose pixel (0, 0) is the image's (x, y). */
  mask(label: string, bits: MaskBits, { x, y }: Point): void {
    assertNumbers([x, y], 'a mask');
    this.#draw(label, { kind: 'bits', x: Math.round(x), y: Math.round(y), bits });
  }

  /** A line from point to point, round at its ends; `width` in pixels. */
  line(label: string, points: readonly Point[], width: number): void {
    assertNumbers(
      points.flatMap(({ x, y }) => [x, y]),
      'a line',
    );
    const diameter = Math.max(1, Math.round(width));
    if (!(width > 0) || diameter > widestLine) {
      throw new UserError(`a line has the width ${width}, which is none from 1 to ${widestLine}`);
    }
    if (points.length < 2) throw new UserError('a line has fewer than two points');
    const strokes = points.slice(1).map((to, i): Shape => {
      return { kind: 'stroke', from: points[i] ?? to, to, diameter, square: false };
    });
    this.#draw(label, ...strokes);
  }

  /** Corners that people drew on the edge may lie a little outside. */
  #note({ x, y }: Point): void {
    const { width, height } = this.size;
    const beyond = (point: Point): number =>
      Math.max(-point.x, -point.y, point.x - width, point.y - height);
    if (beyond({ x, y }) <= Math.max(2, 0.01 * Math.max(width, height))) return;
    if (this.#cut === undefined || beyond({ x, y }) > beyond(this.#cut)) this.#cut = { x, y };
  }

  #draw(label: string, ...shapes: readonly Shape[]): void {
    this.paint(label, (bits) => {
      let isSet = false;
      for (const shape of shapes) {
        eachShapeSpan(shape, this.size, (y, x0, x1) => {
          bits.fill(y, x0, x1, true);
          isSet = true;
        });
      }
      return isSet;
    });
  }
}
