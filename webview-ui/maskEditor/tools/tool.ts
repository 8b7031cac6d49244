/**
 * What a tool is: a state machine over events in image coordinates that answers with effects. Nothing here
 * knows of the DOM, of zoom or of the document; the host turns pointer and key events into `ToolEvent`s and
 * carries the effects out, in their order.
 *
 * `interrupt` is all that ends a movement without its will: pointercancel, lost capture, blur, another tool.
 * After it every tool is idle and nothing is painted or captured. Escape does the same as a key. Undo while
 * something is placed takes back one point; while something is drawn, the stroke: the effect `consumed`
 * says that the key was used, so that the host does not undo as well.
 */
import type { Layers } from '../../../protocol/mask/edits.ts';
import type { Point, Shape, Size } from '../../../protocol/mask/raster.ts';
import type { GreyWindow } from './pixels.ts';
import type { HeatMap } from './prediction.ts';

export interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

export interface PointerEventOfTool extends Modifiers {
  readonly type: 'down' | 'move' | 'up';
  /** Image pixels; a pixel's centre is at halves. */
  readonly at: Point;
  /** 0..1. The brushes do not use it: a stroke's width is exact. */
  readonly pressure: number;
  readonly pointer: 'mouse' | 'pen' | 'touch';
  /** 2 for the second press of a double click. */
  readonly clicks: number;
}

/** Enter is also the action `accept`, Escape the action `discard`. */
export type ToolKey = 'enter' | 'escape' | 'backspace' | 'undo';

export type ToolEvent =
  | PointerEventOfTool
  | { readonly type: 'key'; readonly key: ToolKey }
  | { readonly type: 'interrupt' }
  /** Size, tolerance, threshold, image or map are other ones: `step` is given the new options. */
  | { readonly type: 'options' };

/** What tools read. The host makes it anew for each event. */
export interface ToolOptions {
  /** The image's. */
  readonly size: Size;
  readonly brushSize: number;
  readonly square: boolean;
  /** What shapes and fills do; Ctrl turns it over for the one that it ends. */
  readonly subtract: boolean;
  /** 0..255. */
  readonly tolerance: number;
  /** Of the heat map, 0..1. */
  readonly threshold: number;
  /** Points nearer than so many image pixels are one, and shorter movements are a click. */
  readonly near: number;
  readonly layers: Layers;
  /** Grey values around a point; null while they are not loaded. */
  readonly grey: (around: Point) => GreyWindow | null;
  readonly prediction: HeatMap | null;
}

export type Effect =
  /** Replaces what was previewed; null shows nothing. `handles` are points that can be dragged. */
  | {
      readonly type: 'preview';
      readonly shape: Shape | null;
      readonly handles: readonly Point[];
      readonly value: boolean;
    }
  /** `both` clears both layers. */
  | {
      readonly type: 'paint';
      readonly layer: 'defect' | 'ignore' | 'both';
      readonly value: boolean;
      readonly shape: Shape;
    }
  /** What was painted since the last commit or discard is one edit, or nothing. */
  | { readonly type: 'commit' }
  /** What was painted since is taken back. */
  | { readonly type: 'discard' }
  | { readonly type: 'capture' }
  | { readonly type: 'release' }
  /** Move the picture by so many image pixels; the next event's coordinates are those of the moved view. */
  | { readonly type: 'pan'; readonly by: Point }
  | { readonly type: 'consumed' };

/** The states of all tools; a machine meets another's only by mistake, and then starts anew. */
export type ToolState =
  /** `last`: where the last stroke ended, for a straight line from there. */
  | { readonly name: 'idle'; readonly last: Point | null }
  | { readonly name: 'stroking'; readonly last: Point }
  | {
      readonly name: 'placing';
      readonly points: readonly Point[];
      /** The point that is pressed: its place, where it was pressed, whether it has moved since. */
      readonly pressed: {
        readonly index: number;
        readonly at: Point;
        readonly hasMoved: boolean;
      } | null;
    }
  | { readonly name: 'dragging'; readonly from: Point }
  | {
      readonly name: 'turning';
      readonly from: Point;
      /** The first side's other end, once it is placed. */
      readonly to: Point | null;
      readonly isPressed: boolean;
    }
  | {
      readonly name: 'selecting';
      readonly strokes: readonly (readonly Point[])[];
      readonly shape: Shape | null;
      readonly isPressed: boolean;
    }
  | { readonly name: 'panning'; readonly anchor: Point };

export interface ToolStep {
  readonly state: ToolState;
  readonly effects: readonly Effect[];
}

export type Machine = (state: ToolState, event: ToolEvent, options: ToolOptions) => ToolStep;

export const idle: ToolState = { name: 'idle', last: null };

export const stay = (state: ToolState): ToolStep => ({ state, effects: [] });

export const noPreview: Effect = { type: 'preview', shape: null, handles: [], value: true };

/** Whether a shape adds to the mask. */
export const isAdding = (event: ToolEvent, { subtract }: ToolOptions): boolean =>
  subtract === ('ctrl' in event && event.ctrl);

/** Adding paints the mask; subtracting clears it and the ignored pixels alike. */
export function paintEffect(shape: Shape, event: ToolEvent, options: ToolOptions): Effect {
  const value = isAdding(event, options);
  return { type: 'paint', layer: value ? 'defect' : 'both', value, shape };
}

export const previewEffect = (
  shape: Shape,
  event: ToolEvent,
  options: ToolOptions,
  handles: readonly Point[] = [],
): Effect => ({ type: 'preview', shape, handles, value: isAdding(event, options) });

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Whether an event ends what is being placed: Escape, and all that is an interrupt. */
export const isEnd = (event: ToolEvent): boolean =>
  event.type === 'interrupt' || (event.type === 'key' && event.key === 'escape');

/** Whether it takes back one step of what is being placed. */
export const isTakingBack = (event: ToolEvent): boolean =>
  event.type === 'key' && (event.key === 'undo' || event.key === 'backspace');

/** Keys that were used are not for the host. */
export const consumed = (event: ToolEvent): Effect[] =>
  event.type === 'key' ? [{ type: 'consumed' }] : [];

/** Ends what was previewed, painting nothing. */
export const abandon = (event: ToolEvent, isPressed: boolean): ToolStep => ({
  state: idle,
  effects: [noPreview, ...(isPressed ? [{ type: 'release' } as const] : []), ...consumed(event)],
});

/** Ends what was placed by painting it as one edit. */
export const finish = (
  shape: Shape,
  event: ToolEvent,
  options: ToolOptions,
  isPressed: boolean,
): ToolStep => ({
  state: idle,
  effects: [
    noPreview,
    paintEffect(shape, event, options),
    { type: 'commit' },
    ...(isPressed ? [{ type: 'release' } as const] : []),
    ...consumed(event),
  ],
});
