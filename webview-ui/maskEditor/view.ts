/**
 * Where the image lies on the screen. Screen here is device pixels, so that an image pixel at 1:1 is exactly
 * one pixel of the display; whoever has CSS pixels multiplies by the device pixel ratio first. Pure.
 */
import type { PixelBox } from '../../protocol/mask/bits.ts';

export interface View {
  /** Device pixels an image pixel. */
  readonly zoom: number;
  /** The image's corner in device pixels from the canvas's corner; whole numbers. */
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const mostZoom = 64;
/** One press of the zoom keys, one notch of a wheel. */
export const zoomStep = 1.25;
/** The pixel grid shows from here on: below, its lines would cover what they part. */
export const gridZoom = 8;

/** Zoom that shows the whole image. */
export function fitZoom(stage: Size, image: Size): number {
  const zoom = Math.min(stage.width / image.width, stage.height / image.height);
  return Math.min(mostZoom, Math.max(zoom, 1e-4));
}

/** Far enough out to see the image with its surroundings, and always down to 1:1. */
const leastZoom = (stage: Size, image: Size): number => Math.min(1, fitZoom(stage, image)) / 2;

function clampAxis(start: number, length: number, room: number): number {
  // The middle of the stage always shows a place of the image, so that it cannot get lost.
  const middle = room / 2;
  return Math.round(Math.min(middle, Math.max(middle - length, start)));
}

/** The nearest view that does not lose the image. */
export function clampView(view: View, stage: Size, image: Size): View {
  const zoom = Math.min(mostZoom, Math.max(leastZoom(stage, image), view.zoom));
  return {
    zoom,
    left: clampAxis(view.left, image.width * zoom, stage.width),
    top: clampAxis(view.top, image.height * zoom, stage.height),
  };
}

/** The whole image, in the middle. */
export function fitView(stage: Size, image: Size): View {
  const zoom = fitZoom(stage, image);
  return {
    zoom,
    left: Math.round((stage.width - image.width * zoom) / 2),
    top: Math.round((stage.height - image.height * zoom) / 2),
  };
}

/** Another zoom; what is under `about` stays there. */
export function zoomTo(view: View, zoom: number, about: Point, stage: Size, image: Size): View {
  const next = Math.min(mostZoom, Math.max(leastZoom(stage, image), zoom));
  const share = next / view.zoom;
  const moved = {
    zoom: next,
    left: about.x - (about.x - view.left) * share,
    top: about.y - (about.y - view.top) * share,
  };
  return clampView(moved, stage, image);
}

export function panBy(view: View, dx: number, dy: number, stage: Size, image: Size): View {
  return clampView({ ...view, left: view.left + dx, top: view.top + dy }, stage, image);
}

/** Brings a place of the image to the middle. */
export function centreOn(view: View, place: Point, stage: Size, image: Size): View {
  const left = stage.width / 2 - place.x * view.zoom;
  return clampView({ ...view, left, top: stage.height / 2 - place.y * view.zoom }, stage, image);
}

/** Moves only as far as a place needs to be in sight, with `margin` around it. */
export function reveal(view: View, place: Point, margin: number, stage: Size, image: Size): View {
  const at = toScreen(view, place);
  const shift = (value: number, room: number): number => {
    const edge = Math.min(margin, room / 3);
    return value < edge ? edge - value : value > room - edge ? room - edge - value : 0;
  };
  const [dx, dy] = [shift(at.x, stage.width), shift(at.y, stage.height)];
  return dx === 0 && dy === 0 ? view : panBy(view, dx, dy, stage, image);
}

/** After the stage has changed its size: the whole image if that was to be seen, else the same place in the middle. */
export function resized(view: View, before: Size, stage: Size, image: Size): View {
  const whole = fitView(before, image);
  const isWhole = view.zoom === whole.zoom && view.left === whole.left && view.top === whole.top;
  if (isWhole) return fitView(stage, image);
  return centreOn(view, toImage(view, { x: before.width / 2, y: before.height / 2 }), stage, image);
}

/** Place in image pixels, with fractions; the pixel is its floor. */
export function toImage(view: View, at: Point): Point {
  return { x: (at.x - view.left) / view.zoom, y: (at.y - view.top) / view.zoom };
}

export function toScreen(view: View, place: Point): Point {
  return { x: view.left + place.x * view.zoom, y: view.top + place.y * view.zoom };
}

const span = (from: number, to: number, most: number): [number, number] => {
  const start = Math.max(0, Math.min(most, Math.floor(from)));
  return [start, Math.max(start, Math.min(most, Math.ceil(to)))];
};

/** The image pixels that some of is on the stage. */
export function visibleBox(view: View, stage: Size, image: Size): PixelBox {
  const from = toImage(view, { x: 0, y: 0 });
  const to = toImage(view, { x: stage.width, y: stage.height });
  const [x, right] = span(from.x, to.x, image.width);
  const [y, bottom] = span(from.y, to.y, image.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** The device pixels that image pixels touch, `margin` more on each side, as far as they are on the stage. */
export function screenBox(view: View, box: PixelBox, margin: number, stage: Size): PixelBox {
  const from = toScreen(view, box);
  const to = toScreen(view, { x: box.x + box.width, y: box.y + box.height });
  const [x, right] = span(from.x - margin, to.x + margin, stage.width);
  const [y, bottom] = span(from.y - margin, to.y + margin, stage.height);
  return { x, y, width: right - x, height: bottom - y };
}
