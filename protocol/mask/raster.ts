/**
 * Shapes as spans of whole image pixels. One rule for all: a pixel belongs to a shape if its centre does;
 * pixel (x, y) reaches from x to x + 1 and from y to y + 1, so that its centre is (x + 0.5, y + 0.5).
 *
 * Points are snapped before anything is computed, and then everything but the ellipse is in integers: the
 * same hand movement gives the same pixels at any zoom and device pixel ratio, though their coordinates
 * differ in the last bits. A brush snaps to pixel centres (odd diameter) or corners (even diameter), the
 * corners of other shapes to 1/16 pixel.
 */
import type { MaskBits } from './bits.ts';
import { eachSpan } from './runs.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels x0 up to (without) x1 of row y. */
export type UseSpan = (y: number, x0: number, x1: number) => void;

export type Shape =
  /** A brush drawn from point to point; from a point to itself, its stamp. */
  | {
      readonly kind: 'stroke';
      readonly from: Point;
      readonly to: Point;
      /** Whole image pixels, 1..1024. */
      readonly diameter: number;
      readonly square: boolean;
    }
  /** Even-odd: where it overlaps itself is outside. */
  | { readonly kind: 'polygon'; readonly points: readonly Point[] }
  /** Two opposite corners. */
  | { readonly kind: 'rectangle'; readonly from: Point; readonly to: Point }
  /** The two corners of the first side, and a point that the opposite side goes through. */
  | {
      readonly kind: 'rotatedRectangle';
      readonly from: Point;
      readonly to: Point;
      readonly through: Point;
    }
  | {
      readonly kind: 'ellipse';
      readonly centre: Point;
      /** Half axes; before turning, along x and y. */
      readonly halfX: number;
      readonly halfY: number;
      /** Radians, from x towards y. */
      readonly angle: number;
    }
  /** Any pixels: those of a mask whose pixel (0, 0) is the image's (x, y). */
  | { readonly kind: 'bits'; readonly x: number; readonly y: number; readonly bits: MaskBits };

/** Calls `use` with each span of a shape within an image, at most once for a pixel. */
export function eachShapeSpan(shape: Shape, size: Size, use: UseSpan): void {
  const clipped = clippedTo(size, use);
  switch (shape.kind) {
    case 'stroke':
      return stroke(shape, size, clipped);
    case 'polygon':
      return polygon(shape.points, size, clipped);
    case 'rectangle':
      return polygon(cornersOf(shape.from, shape.to), size, clipped);
    case 'rotatedRectangle':
      return polygon(rotatedCorners(shape.from, shape.to, shape.through), size, clipped);
    case 'ellipse':
      return ellipse(shape, size, clipped);
    case 'bits': {
      const { x, y, bits } = shape;
      const whole = { x: 0, y: 0, width: bits.width, height: bits.height };
      return eachSpan(bits, whole, (row, x0, x1) => clipped(y + row, x + x0, x + x1));
    }
  }
}

function clippedTo({ width, height }: Size, use: UseSpan): UseSpan {
  return (y, x0, x1) => {
    if (y < 0 || y >= height) return;
    const [from, to] = [Math.max(0, x0), Math.min(width, x1)];
    if (from < to) use(y, from, to);
  };
}

/** Numbers from `from` to `to`, both included; none if `from` is larger. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

const nothing: Interval = { from: Infinity, to: -Infinity };

const both = (a: Interval, b: Interval): Interval => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
});

/** The smallest with both; an empty one adds nothing. */
function joined(a: Interval, b: Interval): Interval {
  if (a.from > a.to) return b;
  if (b.from > b.to) return a;
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** The u with low <= factor * u + rest <= high, all integers; the bounds are not rounded to integers. */
function solve(factor: number, rest: number, low: number, high: number): Interval {
  if (factor === 0)
    return rest >= low && rest <= high ? { from: -Infinity, to: Infinity } : nothing;
  const [a, b] = [(low - rest) / factor, (high - rest) / factor];
  return a < b ? { from: a, to: b } : { from: b, to: a };
}

/** The whole part of the square root of an integer below 2^53. */
function wholeRoot(square: number): number {
  let root = Math.floor(Math.sqrt(square));
  // The square root is rounded; squares near it are exact.
  while (root * root > square) root -= 1;
  while ((root + 1) * (root + 1) <= square) root += 1;
  return root;
}

/**
 * Where a brush is, in half pixels: the centre of the pixel under the point for an odd diameter, the nearest
 * corner for an even one. Pixel centres are then odd numbers, and a diameter is a radius in half pixels.
 */
const snapBrush = ({ x, y }: Point, diameter: number): Point =>
  diameter % 2 === 1
    ? { x: 2 * Math.floor(x) + 1, y: 2 * Math.floor(y) + 1 }
    : { x: 2 * Math.round(x), y: 2 * Math.round(y) };

/** A segment in half pixels: its start, its vector. */
interface Segment {
  readonly start: Point;
  readonly dx: number;
  readonly dy: number;
}

/** The brush's shape swept along a segment is convex: one interval a row, so that no pinhole can be. */
function stroke(shape: Extract<Shape, { kind: 'stroke' }>, { height }: Size, use: UseSpan): void {
  const { diameter } = shape;
  const start = snapBrush(shape.from, diameter);
  const end = snapBrush(shape.to, diameter);
  const segment = { start, dx: end.x - start.x, dy: end.y - start.y };
  const rowOf = shape.square ? squareRow(segment, diameter) : roundRow(segment, diameter);
  const top = Math.max(0, Math.floor((Math.min(start.y, end.y) - diameter) / 2));
  const bottom = Math.min(height, Math.ceil((Math.max(start.y, end.y) + diameter) / 2));
  for (let y = top; y < bottom; y += 1) {
    // From distances u of pixel centres to the start (half pixels) to pixels.
    const { from, to } = rowOf(2 * y + 1 - start.y);
    if (from > to) continue;
    use(y, Math.ceil((from + start.x - 1) / 2), Math.floor((to + start.x - 1) / 2) + 1);
  }
}

/** Within a disc of radius `radius` at some point of the segment: two discs and a rectangle. */
function roundRow({ dx, dy }: Segment, radius: number): (v: number) => Interval {
  const length2 = dx * dx + dy * dy;
  // |cross| <= radius * length. Both sides squared would not fit a number; this side's square does.
  const most = wholeRoot(radius * radius * length2);
  const disc = (u: number, v: number): Interval => {
    if (Math.abs(v) > radius) return nothing;
    const half = wholeRoot(radius * radius - v * v);
    return { from: u - half, to: u + half };
  };
  return (v) => {
    const discs = joined(disc(0, v), disc(dx, v - dy));
    if (length2 === 0) return discs;
    const beside = solve(-dy, dx * v, -most, most);
    const between = solve(dx, dy * v, 0, length2);
    return joined(discs, both(beside, between));
  };
}

/** Under the inside of a square with half side `half` at some point of the segment. */
function squareRow({ dx, dy }: Segment, half: number): (v: number) => Interval {
  // Pixel centres are whole, so that "less than" is "at most one less".
  const inner = half - 1;
  const across = { from: Math.min(0, dx) - inner, to: Math.max(0, dx) + inner };
  const most = half * (Math.abs(dx) + Math.abs(dy)) - 1;
  return (v) => {
    if (v < Math.min(0, dy) - inner || v > Math.max(0, dy) + inner) return nothing;
    return dx === 0 && dy === 0 ? across : both(across, solve(-dy, dx * v, -most, most));
  };
}

/** Steps of a pixel that corners snap to. */
const steps = 16;
const snap = (value: number): number => Math.round(value * steps);

/**
 * Even-odd by rows: each edge that a row of pixel centres crosses begins or ends a span. An edge has its
 * upper end and not its lower one, so that a corner is crossed once.
 */
function polygon(points: readonly Point[], { width, height }: Size, use: UseSpan): void {
  const crossings = new Map<number, number[]>();
  points.forEach((point, i) => {
    const next = points[(i + 1) % points.length] ?? point;
    eachCrossing(point, next, height, (y, x) => {
      const row = crossings.get(y);
      const at = Math.min(width, Math.max(0, x));
      if (row === undefined) crossings.set(y, [at]);
      else row.push(at);
    });
  });
  for (const [y, row] of crossings) {
    row.sort((a, b) => a - b);
    for (let i = 0; i + 1 < row.length; i += 2) use(y, row[i] ?? 0, row[i + 1] ?? 0);
  }
}

/** Calls `use` with the first pixel whose centre is not left of the edge, for each row that it crosses. */
function eachCrossing(
  a: Point,
  b: Point,
  height: number,
  use: (y: number, x: number) => void,
): void {
  const [upper, lower] = snap(a.y) <= snap(b.y) ? [a, b] : [b, a];
  const [x0, y0] = [snap(upper.x), snap(upper.y)];
  const [dx, dy] = [snap(lower.x) - x0, snap(lower.y) - y0];
  const half = steps / 2;
  const first = Math.max(0, Math.ceil((y0 - half) / steps));
  const end = Math.min(height, Math.ceil((y0 + dy - half) / steps));
  for (let y = first; y < end; y += 1) {
    const along = steps * y + half - y0;
    // Exact: the quotient has fewer bits than what a number keeps beyond 1 / divisor.
    use(y, Math.ceil(((x0 - half) * dy + along * dx) / (steps * dy)));
  }
}

/** The corners of a rectangle, in order around it. */
export const cornersOf = (from: Point, to: Point): readonly Point[] => [
  from,
  { x: to.x, y: from.y },
  to,
  { x: from.x, y: to.y },
];

/** The corners of a rotated rectangle, in order around it; without a first side, none. */
export function rotatedCorners(from: Point, to: Point, through: Point): readonly Point[] {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  if (length2 === 0) return [];
  const share = (dx * (through.y - from.y) - dy * (through.x - from.x)) / length2;
  const [x, y] = [-dy * share, dx * share];
  return [from, to, { x: to.x + x, y: to.y + y }, { x: from.x + x, y: from.y + y }];
}

/** An ellipse as a u^2 + 2 b u v + c v^2 <= 1, with u and v from its centre. */
function ellipse(
  { centre, halfX, halfY, angle }: Extract<Shape, { kind: 'ellipse' }>,
  { height }: Size,
  use: UseSpan,
): void {
  const [p, q] = [snap(Math.abs(halfX)) / steps, snap(Math.abs(halfY)) / steps];
  if (p === 0 || q === 0) return;
  const [x0, y0] = [snap(centre.x) / steps, snap(centre.y) / steps];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const a = (cos / p) ** 2 + (sin / q) ** 2;
  const b = cos * sin * (1 / p ** 2 - 1 / q ** 2);
  const c = (sin / p) ** 2 + (cos / q) ** 2;
  const reach = Math.hypot(p * sin, q * cos);
  const end = Math.min(height, Math.floor(y0 + reach - 0.5) + 1);
  for (let y = Math.max(0, Math.ceil(y0 - reach - 0.5)); y < end; y += 1) {
    const v = y + 0.5 - y0;
    const square = (b * v) ** 2 - a * (c * v * v - 1);
    if (square < 0) continue;
    const [middle, half] = [x0 - (b * v) / a - 0.5, Math.sqrt(square) / a];
    use(y, Math.ceil(middle - half), Math.floor(middle + half) + 1);
  }
}
