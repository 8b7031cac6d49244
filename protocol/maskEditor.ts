/**
 * What the extension and a mask editor's web view say to each other. The document lives in the extension
 * host; the view paints at once on its own copy and asks for each finished stroke as a change, which the
 * document applies and acknowledges with its version.
 */
import * as z from 'zod/mini';
import { changeSchema, layerNames, togglesSchema } from './mask/edits.ts';
import { statusSchema, texts } from './webview.ts';

const count = z.int().check(z.nonnegative());
const side = z.int().check(z.minimum(1), z.maximum(1_000_000));
const bytes = z.instanceof(Uint8Array<ArrayBuffer>);

export const maskTools = [
  ...['brush', 'eraser', 'ignoreBrush', 'polygon', 'rectangle', 'rotatedRectangle', 'ellipse'],
  ...['fill', 'wand', 'smartSelect', 'acceptPrediction', 'pan'],
] as const;
export type MaskTool = (typeof maskTools)[number];

/**
 * What a key or a command of VS Code asks of the view. `add` and `subtract` choose what shapes and fills do;
 * `accept` and `discard` end what is being placed or previewed.
 */
export const maskActions = [
  ...['accept', 'discard', 'add', 'subtract', 'smaller', 'larger', 'square'],
  ...['raiseTolerance', 'lowerTolerance'],
  ...['fillHoles', 'removeSpecks', 'showSpecks', 'grow', 'shrink', 'invert', 'clear'],
  ...['copyPrevious', 'acceptWholePrediction', 'toggleMask', 'toggleContour', 'togglePattern'],
  ...['toggleHeatMap', 'togglePixelGrid', 'zoomIn', 'zoomOut', 'zoomToFit', 'zoomToPixels'],
  ...['brighter', 'darker', 'moreContrast', 'lessContrast', 'resetView'],
  ...['cursorLeft', 'cursorRight', 'cursorUp', 'cursorDown', 'press', 'describe'],
] as const;
export type MaskAction = (typeof maskActions)[number];

/** Where to go from an image, in the explorer's order and filter. */
export const maskSteps = ['previous', 'next', 'nextUnlabelled', 'nextUncertain'] as const;
export type MaskStep = (typeof maskSteps)[number];

/** How a person likes the editor; the same for all images, kept by the extension. */
export const maskTasteSchema = z.object({
  tool: z.enum(maskTools),
  /** Diameter in image pixels. */
  brushSize: z.int().check(z.minimum(1), z.maximum(1024)),
  square: z.boolean(),
  subtract: z.boolean(),
  /** Of the wand, fill and smart select: difference of grey values, 0..255. */
  tolerance: z.int().check(z.minimum(0), z.maximum(255)),
  /** 0..1. */
  maskOpacity: z.number().check(z.minimum(0), z.maximum(1)),
  heatMapOpacity: z.number().check(z.minimum(0), z.maximum(1)),
  contour: z.boolean(),
  pattern: z.boolean(),
  heatMap: z.boolean(),
  pixelGrid: z.boolean(),
  minimap: z.boolean(),
});
export type MaskTaste = z.infer<typeof maskTasteSchema>;

/** From the settings: the keys that act while they are held, as KeyboardEvent.key names, and limits. */
export const maskSettingsSchema = z.object({
  hideKey: z.string(),
  panKey: z.string(),
  /** Regions of fewer pixels are specks. */
  speckSize: z.int().check(z.minimum(1), z.maximum(100_000)),
});
export type MaskSettings = z.infer<typeof maskSettingsSchema>;

/** How the image is labelled, and whether that is sure. */
const labelState = z.object({
  state: z.enum(['ok', 'mask', 'weak', 'unlabelled', 'unknown']),
  kind: z.string(),
  score: z.nullable(z.number()),
  outcome: z.enum(['TP', 'FP', 'FN', 'TN', '']),
});
export type LabelState = z.infer<typeof labelState>;

export const maskWords = [
  // Tools and what they do.
  ...['tools', 'brush', 'eraser', 'ignoreBrush', 'polygon', 'rectangle', 'rotatedRectangle'],
  ...['ellipse', 'fill', 'wand', 'smartSelect', 'acceptPrediction', 'pan', 'add', 'subtract'],
  ...['round', 'square', 'size', 'tolerance', 'threshold', 'accept', 'discard'],
  // Commands.
  ...['more', 'fillHoles', 'removeSpecks', 'showSpecks', 'grow', 'shrink', 'invert', 'clear'],
  ...['copyPrevious', 'wholePrediction', 'undo', 'redo', 'save'],
  // The view.
  ...['view', 'maskOpacity', 'heatMap', 'heatMapOpacity', 'heatMapNone', 'contour', 'pattern'],
  ...['pixelGrid', 'minimap', 'brightness', 'contrast', 'zoomToFit', 'zoomToPixels', 'zoomIn'],
  ...['zoomOut', 'reset'],
  // Labels and places.
  ...['label', 'markOk', 'markDefective', 'ok', 'weak', 'mask', 'unlabelled', 'unknown'],
  ...['previous', 'next', 'nextUnlabelled', 'nextUncertain', 'score', 'noScore'],
  // States.
  ...['canvas', 'loading', 'unreadable', 'readOnly', 'lost', 'reload', 'kept', 'keptAgain'],
  ...['refused', 'restart', 'showLog', 'nothingToCopy', 'noPrediction'],
  ...['describeEmpty', 'describe', 'describeMask', 'describeTool', 'painted', 'erased', 'cursorAt'],
  ...['specksFound', 'specksNone', 'hint'],
] as const;
export type MaskWords = Readonly<Record<(typeof maskWords)[number], string>>;

/**
 * The key of a tool, an action, a step, or of `markOk` and `markDefective`, as the manifest gives it and VS
 * Code writes it: `Shift+R`. A person may have chosen others, which VS Code tells nobody.
 */
const maskKeysSchema = z.record(z.string(), z.string());
export type MaskKeys = Readonly<z.infer<typeof maskKeysSchema>>;

export const toMaskEditor = z.discriminatedUnion('type', [
  /** The first message, and again after a `ready`. */
  z.object({
    type: z.literal('start'),
    words: texts(maskWords),
    keys: maskKeysSchema,
    taste: maskTasteSchema,
    settings: maskSettingsSchema,
    image: z.object({ name: z.string(), width: side, height: side }),
    label: labelState,
    /** Why nothing can be painted, as one sentence; '' where it can. */
    readOnly: z.string(),
    /** Names the document: kept strokes of another one are not offered. */
    document: z.string(),
  }),
  /** The whole mask: first, and whenever it was read anew. Bytes of MaskBits; null for an empty layer. */
  z.object({
    type: z.literal('layers'),
    version: count,
    defect: z.nullable(bytes),
    ignore: z.nullable(bytes),
  }),
  /** The document has changed: by this view's edit `id`, or (null) by another view, undo or redo. */
  z.object({
    type: z.literal('applied'),
    version: count,
    id: z.nullable(count),
    toggles: z.array(togglesSchema).check(z.maxLength(layerNames.length)),
  }),
  /** The edit was not taken; the view takes it back. */
  z.object({ type: z.literal('refused'), id: count, message: z.string() }),
  /** The image as tiles: `base`/level/column_row.ending, level 0 the smallest, each half of the next. */
  z.object({
    type: z.literal('tiles'),
    base: z.string(),
    ending: z.enum(['png', 'jpg']),
    tile: side,
    levels: side,
    width: side,
    height: side,
  }),
  z.object({ type: z.literal('unreadable'), message: z.string() }),
  /** The active run's map of this image (grey PNG, probability x 255, over the whole image); null without. */
  z.object({
    type: z.literal('heatMap'),
    uri: z.nullable(z.string()),
    /** 0..1. */
    threshold: z.number(),
  }),
  z.object({ type: z.literal('label'), label: labelState }),
  z.object({ type: z.literal('readOnly'), message: z.string() }),
  z.object({ type: z.literal('settings'), settings: maskSettingsSchema }),
  z.object({ type: z.literal('status'), status: statusSchema }),
  z.object({ type: z.literal('tool'), tool: z.enum(maskTools) }),
  z.object({ type: z.literal('action'), action: z.enum(maskActions) }),
  /** The mask of the image before this one (bytes of MaskBits of this image's size); null without. */
  z.object({ type: z.literal('previousMask'), defect: z.nullable(bytes) }),
]);
export type ToMaskEditor = z.infer<typeof toMaskEditor>;

const edit = {
  /** Chosen by the view, growing. */
  id: count,
  /** Words that Edit > Undo shows are the extension's; this says which. */
  tool: z.enum([...maskTools, ...maskActions]),
  changes: z.array(changeSchema).check(z.minLength(1), z.maxLength(layerNames.length)),
};

export const fromMaskEditor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** A finished stroke, made on version `version`. Answered by `applied` or `refused`. */
  z.object({ type: z.literal('edit'), version: count, ...edit }),
  z.object({ type: z.literal('taste'), taste: maskTasteSchema }),
  z.object({ type: z.literal('mark'), mark: z.enum(['ok', 'defective']) }),
  z.object({ type: z.literal('go'), step: z.enum(maskSteps) }),
  /** Clearing asks first; the view's own clear button and a clear action come here. */
  z.object({ type: z.literal('askClear') }),
  z.object({ type: z.literal('askPrevious') }),
  z.object({ type: z.literal('do'), command: z.enum(['undo', 'redo', 'save']) }),
  z.object({ type: z.literal('server'), action: z.enum(['restart', 'showLog']) }),
  /** For the status bar, at most ten times a second. */
  z.object({
    type: z.literal('readings'),
    /** Screen pixels an image pixel. */
    zoom: z.number(),
    cursor: z.nullable(z.object({ x: z.int(), y: z.int() })),
    /** Set pixels of the mask; connected regions (8 neighbours), null while too large to count. */
    area: count,
    regions: z.nullable(count),
    ignored: count,
    brushSize: count,
    tool: z.enum(maskTools),
    /** Something is being placed or previewed. */
    busy: z.boolean(),
  }),
  /** When the image and its mask were first on screen. */
  z.object({ type: z.literal('painted'), milliseconds: z.number() }),
]);
export type FromMaskEditor = z.infer<typeof fromMaskEditor>;

/** Largest number of pixels that a tool which looks at grey values works on: a window around the pointer. */
export const mostWindow = 4096;
