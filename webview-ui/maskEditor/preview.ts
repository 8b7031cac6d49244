/** What is being placed or previewed, and the brush's outline: lines seen on bright and on dark pictures alike. */
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { Point, Shape } from '../../protocol/mask/raster.ts';
import { cornersOf, rotatedCorners } from '../../protocol/mask/raster.ts';
import { eachSpan } from '../../protocol/mask/runs.ts';
import { renderMask } from './renderMask.ts';
import type { Rgb } from './renderMask.ts';
import type { View } from './view.ts';
import { screenBox, toScreen } from './view.ts';

export interface Preview {
  readonly shape: Shape | null;
  readonly handles: readonly Point[];
  /** Adds to the mask; else it takes away. */
  readonly value: boolean;
}

export const noPreview: Preview = { shape: null, handles: [], value: true };

const adds: Rgb = [255, 230, 60];
const takes: Rgb = [90, 220, 255];
const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** Dark, and bright on it. */
function stroke(
  context: CanvasRenderingContext2D,
  ratio: number,
  bright: string,
  dashed: boolean,
): void {
  context.setLineDash([]);
  context.lineWidth = 3 * ratio;
  context.strokeStyle = 'rgb(0 0 0 / 75%)';
  context.stroke();
  if (dashed) context.setLineDash([6 * ratio, 4 * ratio]);
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = bright;
  context.stroke();
  context.setLineDash([]);
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[], view: View): void {
  context.beginPath();
  for (const point of points) {
    const { x, y } = toScreen(view, point);
    context.lineTo(x, y);
  }
  context.closePath();
}

/** Pixels as they would be, on a canvas that is drawn once for a shape and a view. */
class PixelPicture {
  #canvas: OffscreenCanvas | undefined;
  #of: readonly [Shape, View] | undefined;

  draw(
    context: CanvasRenderingContext2D,
    shape: Extract<Shape, { kind: 'bits' }>,
    view: View,
    rgb: Rgb,
  ): void {
    const { width, height } = context.canvas;
    if (this.#of?.[0] !== shape || this.#of[1] !== view || this.#canvas?.width !== width) {
      this.#of = [shape, view];
      this.#canvas = new OffscreenCanvas(width, height);
      const { bits, x, y } = shape;
      const box = { x, y, width: bits.width, height: bits.height };
      const rect = screenBox(view, box, 1, { width, height });
      if (rect.width > 0 && rect.height > 0) {
        const corner = toScreen(view, box);
        const moved = { zoom: view.zoom, left: corner.x, top: corner.y };
        const layers = { defect: bits, ignore: new MaskBits(1, 1) };
        const look = { defect: rgb, ignore: rgb, opacity: 0.6, hidden: false };
        const colours = renderMask(layers, moved, rect, { ...look, contour: false, pattern: true });
        const data = new ImageData(new Uint8ClampedArray(colours.buffer), rect.width, rect.height);
        this.#canvas.getContext('2d')?.putImageData(data, rect.x, rect.y);
      }
    }
    context.drawImage(this.#canvas, 0, 0);
  }
}

const pixels = new PixelPicture();

export function drawPreview(
  context: CanvasRenderingContext2D,
  { shape, handles, value }: Preview,
  view: View,
  ratio: number,
): void {
  const rgb = value ? adds : takes;
  switch (shape?.kind) {
    case 'bits':
      pixels.draw(context, shape, view, rgb);
      break;
    case 'polygon':
      trace(context, shape.points, view);
      stroke(context, ratio, css(rgb), !value);
      break;
    case 'rectangle':
      trace(context, cornersOf(shape.from, shape.to), view);
      stroke(context, ratio, css(rgb), !value);
      break;
    case 'rotatedRectangle':
      trace(context, rotatedCorners(shape.from, shape.to, shape.through), view);
      stroke(context, ratio, css(rgb), !value);
      break;
    case 'ellipse': {
      const { x, y } = toScreen(view, shape.centre);
      context.beginPath();
      const halves = [shape.halfX * view.zoom, shape.halfY * view.zoom] as const;
      context.ellipse(x, y, ...halves, shape.angle, 0, 2 * Math.PI);
      stroke(context, ratio, css(rgb), !value);
      break;
    }
    case 'stroke':
    case undefined:
  }
  for (const handle of handles) {
    const { x, y } = toScreen(view, handle);
    context.beginPath();
    context.rect(x - 3 * ratio, y - 3 * ratio, 6 * ratio, 6 * ratio);
    stroke(context, ratio, css(rgb), false);
  }
}

/** The brush around a pixel, or a cross where the tool has no size. */
export function drawCursor(
  context: CanvasRenderingContext2D,
  at: Point,
  brush: { readonly size: number; readonly square: boolean } | undefined,
  view: View,
  ratio: number,
): void {
  const { x, y } = toScreen(view, at);
  context.beginPath();
  const half = ((brush?.size ?? 0) * view.zoom) / 2;
  if (brush === undefined || half < 2 * ratio) {
    const arm = 7 * ratio;
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
  } else if (brush.square) context.rect(x - half, y - half, 2 * half, 2 * half);
  else context.arc(x, y, half, 0, 2 * Math.PI);
  stroke(context, ratio, '#fff', false);
}

/** Rings around regions, so that specks are found. */
export function drawRings(
  context: CanvasRenderingContext2D,
  bits: MaskBits,
  view: View,
  ratio: number,
): void {
  let rings = 0;
  context.beginPath();
  eachSpan(bits, { x: 0, y: 0, width: bits.width, height: bits.height }, (row, x0, x1) => {
    // More than a person looks at; each costs a line.
    if (rings > 2000) return;
    rings += 1;
    const { x, y } = toScreen(view, { x: (x0 + x1) / 2, y: row + 0.5 });
    context.moveTo(x + 9 * ratio, y);
    context.arc(x, y, 9 * ratio, 0, 2 * Math.PI);
  });
  stroke(context, ratio, css(takes), false);
}
