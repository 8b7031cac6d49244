/**
 * The mask as colours for a rectangle of device pixels. A device pixel shows the mask where any image pixel
 * under it is set, so that a scratch one pixel wide does not vanish when zoomed out. Pure.
 */
import type { MaskBits, PixelBox } from '../../protocol/mask/bits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import type { View } from './view.ts';

/** Red, green and blue, 0..255. */
export type Rgb = readonly [number, number, number];

export interface MaskLook {
  readonly defect: Rgb;
  readonly ignore: Rgb;
  /** 0..1. */
  readonly opacity: number;
  /** Edges alone. */
  readonly contour: boolean;
  /** Hatched, so that colour is not the only sign. */
  readonly pattern: boolean;
  readonly hidden: boolean;
}

/** Device pixels of an edge; a dirty rectangle is this much larger than what changed. */
export const edgeWidth = 2;
/** Hatching repeats after this many device pixels; the lines take the first half. */
const hatch = 8;

/** As canvases keep them: red in the lowest byte. */
const colour = ([red, green, blue]: Rgb, alpha: number): number =>
  ((Math.round(255 * Math.min(1, Math.max(0, alpha))) << 24) |
    (blue << 16) |
    (green << 8) |
    red) >>>
  0;

/** First image pixel of each device pixel from `start` on, one more than `length`. */
function sources(start: number, length: number, origin: number, zoom: number): Int32Array {
  const places = new Int32Array(length + 1);
  for (let i = 0; i <= length; i += 1) places[i] = Math.floor((start + i - origin) / zoom + 1e-9);
  return places;
}

/** 1 for each device pixel of a rectangle that the layer shows in; undefined if there is none. */
function coverage(bits: MaskBits, view: View, rect: PixelBox): Uint8Array | undefined {
  const { width, height } = rect;
  const columns = sources(rect.x, width, view.left, view.zoom);
  const rows = sources(rect.y, height, view.top, view.zoom);
  const covered = new Uint8Array(width * height);
  const line = new Uint32Array(bits.stride);
  const firstWord = Math.max(0, Math.min(bits.stride, (columns[0] ?? 0) >> 5));
  const endWord = Math.max(0, Math.min(bits.stride, ((columns[width] ?? 0) >> 5) + 1));
  let [any, known] = [false, -1];
  for (let y = 0; y < height; y += 1) {
    const from = rows[y] ?? 0;
    const to = Math.max(from + 1, rows[y + 1] ?? 0);
    // Zoomed in, many rows of the screen show the same row of the image.
    if (to === from + 1 && known === from && y > 0) {
      covered.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    known = to === from + 1 ? from : -1;
    if (!gather(bits, line, [from, to], [firstWord, endWord])) continue;
    any = true;
    for (let x = 0; x < width; x += 1) {
      const left = columns[x] ?? 0;
      const right = Math.max(left + 1, columns[x + 1] ?? 0);
      if (isAnySet(line, left, Math.min(right, bits.width))) covered[y * width + x] = 1;
    }
  }
  return any ? covered : undefined;
}

/** Rows as one, all bits of them; false if none is set. */
function gather(
  bits: MaskBits,
  line: Uint32Array,
  [from, to]: readonly [number, number],
  [first, end]: readonly [number, number],
): boolean {
  line.fill(0, first, end);
  let all = 0;
  for (let y = Math.max(0, from); y < Math.min(to, bits.height); y += 1) {
    const row = y * bits.stride;
    for (let i = first; i < end; i += 1) {
      const word = bits.words[row + i] ?? 0;
      all |= word;
      line[i] = (line[i] ?? 0) | word;
    }
  }
  return all !== 0;
}

function isAnySet(line: Uint32Array, from: number, to: number): boolean {
  for (let x = Math.max(0, from); x < to;) {
    const word = (line[x >> 5] ?? 0) >>> (x & 31);
    const length = Math.min(to - x, 32 - (x & 31));
    if ((word & (0xffffffff >>> (32 - length))) !== 0) return true;
    x += length;
  }
  return false;
}

/** What each device pixel of `rect` shows, rows from the top; 0 where the image is seen as it is. */
export function renderMask(
  layers: Layers,
  view: View,
  rect: PixelBox,
  look: MaskLook,
): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(rect.width * rect.height);
  if (look.hidden || out.length === 0) return out;
  // Edges look at their neighbours, also at those beyond the rectangle.
  const wide = {
    ...{ x: rect.x - edgeWidth, y: rect.y - edgeWidth },
    ...{ width: rect.width + 2 * edgeWidth, height: rect.height + 2 * edgeWidth },
  };
  const defect = coverage(layers.defect, view, wide);
  const ignore = coverage(layers.ignore, view, wide);
  if (ignore !== undefined) {
    // What is ignored is always hatched, the other way round: it must never pass for a defect.
    paint(out, ignore, rect, view, { ...look, rgb: look.ignore, pattern: true, slope: -1 });
  }
  if (defect !== undefined) {
    paint(out, defect, rect, view, { ...look, rgb: look.defect, slope: 1 });
  }
  return out;
}

interface Paint {
  readonly rgb: Rgb;
  readonly opacity: number;
  readonly contour: boolean;
  readonly pattern: boolean;
  readonly slope: 1 | -1;
}

function paint(
  out: Uint32Array,
  covered: Uint8Array,
  rect: PixelBox,
  view: View,
  { rgb, opacity, contour, pattern, slope }: Paint,
): void {
  const stride = rect.width + 2 * edgeWidth;
  const edge = colour(rgb, opacity === 0 ? 0 : Math.min(1, opacity + 0.4));
  const plain = colour(rgb, contour ? 0 : pattern ? 0.45 * opacity : opacity);
  const line = colour(rgb, contour ? 0 : pattern ? Math.min(1, 1.2 * opacity) : opacity);
  const isEdged = contour || pattern;
  // Hatching belongs to the image: it moves with it.
  const phase = rect.x - view.left + slope * (rect.y - view.top);
  for (let y = 0; y < rect.height; y += 1) {
    for (let x = 0; x < rect.width; x += 1) {
      const at = (y + edgeWidth) * stride + x + edgeWidth;
      if (covered[at] === 0) continue;
      const place = y * rect.width + x;
      const isLine = (((phase + x + slope * y) % hatch) + hatch) % hatch < hatch / 2;
      const shown = isEdged && isEdge(covered, at, stride) ? edge : isLine ? line : plain;
      if (shown >>> 24 !== 0) out[place] = shown;
    }
  }
}

const isEdge = (covered: Uint8Array, at: number, stride: number): boolean =>
  covered[at - edgeWidth] === 0 ||
  covered[at + edgeWidth] === 0 ||
  covered[at - edgeWidth * stride] === 0 ||
  covered[at + edgeWidth * stride] === 0;
