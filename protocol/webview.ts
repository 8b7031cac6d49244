/**
 * What the extension and its web views say to each other: for each view two unions of messages with a
 * literal `type`, each with the validator that its receiver runs. Everything is plain data; pictures go as
 * addresses, never as bytes.
 */
import * as z from 'zod/mini';
import type { ImageItem } from './explorer.ts';
import { groupings, supervisionStates } from './explorer.ts';
import type { RunEvent } from './run.ts';
import type { RunItem } from './runView.ts';

/** Reads what came in. An unknown or malformed message is reported and dropped: it can break nothing. */
export function receive<M>(
  schema: z.ZodMiniType<M>,
  value: unknown,
  warn: (problem: string) => void,
): M | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  warn(`A message was ignored: ${where}: ${issue?.message ?? 'not understood'}.`);
  return undefined;
}

/** A table of texts by a list of words; the extension translates them, the page fills in their {0}. */
export const texts = <const W extends string>(
  words: readonly W[],
): z.ZodMiniType<Record<W, string>> => z.record(z.enum(words), z.string());

const count = z.int().check(z.nonnegative());
/** Far more than a folder of photos holds; a message beyond it is a mistake. */
const mostImages = 1_000_000;
const images = z.array(z.string()).check(z.maxLength(mostImages));

/** The server as a view shows it. `gone`: what it showed is not there any more. */
export const statusSchema = z.object({
  state: z.enum(['ready', 'starting', 'away', 'gone']),
  /** One sentence where there is something to say. */
  message: z.string(),
});
export type ViewStatus = z.infer<typeof statusSchema>;

// The grid.

export const pictureKinds = ['plain', 'overlay'] as const;
export type PictureKind = (typeof pictureKinds)[number];
export const marks = ['ok', 'defective', 'clear'] as const;
export type Mark = (typeof marks)[number];
/** Longest sides that thumbnails are asked for in, in pixels, and that of the large view. */
export const thumbnailSides = [192, 384, 768] as const;
export const largeSide = 1600;
/** Images of one page of the grid. */
export const gridPage = 200;

const kind = z.enum(pictureKinds);
const item: z.ZodMiniType<ImageItem> = z.object({
  image: z.string(),
  distinct: z.exactOptional(z.string()),
  label: z.enum(['ok', 'defective', 'unlabelled', 'unknown']),
  state: z.enum(supervisionStates),
  split: z.enum(['train', 'val', 'test']),
  kind: z.string(),
  reviewed: z.string(),
  mask: z.boolean(),
  score: z.nullable(z.number()),
  outcome: z.enum(['TP', 'FP', 'FN', 'TN', '']),
});

/** What a grid shows: a project, or a group of its tree. Kept by VS Code over a reload of the window. */
export const gridPlaceSchema = z.object({
  project: z.string(),
  /** With the grouping that it is a group of, whatever the tree is grouped by later. */
  group: z.nullable(z.object({ id: z.string(), name: z.string(), groupBy: z.enum(groupings) })),
});
export type GridPlace = z.infer<typeof gridPlaceSchema>;

/** How a person likes the grid; the same for all grids. */
export const gridTasteSchema = z.object({
  /** Width of a cell in CSS pixels. */
  size: z.int().check(z.minimum(80), z.maximum(480)),
  kind,
  /** The focus goes on to the next image after marking one. */
  advance: z.boolean(),
});
export type GridTaste = z.infer<typeof gridTasteSchema>;

export const gridWords = [
  ...['list', 'oneImage', 'images', 'selected', 'progress', 'keys', 'threshold', 'bars'],
  ...['size', 'heatMap', 'heatMapNone', 'advance', 'search', 'clearSearch', 'restart', 'showLog'],
  ...['markOk', 'markDefective', 'markClear', 'marked', 'markedMany', 'cleared', 'clearedMany'],
  ...['ok', 'defective', 'mask', 'weak', 'unlabelled', 'unknown', 'lost', 'reload'],
  ...['TP', 'FP', 'FN', 'TN', 'score', 'noScore'],
  ...['unreadable', 'loading', 'emptyFolder', 'emptyFilter', 'reading', 'moment'],
  ...['large', 'position', 'previous', 'next', 'close', 'open', 'reveal', 'largeKeys'],
] as const;
export type GridWords = Readonly<Record<(typeof gridWords)[number], string>>;

const labelled = z.object({
  /** Images of the listing that have no label yet. */
  unlabelled: count,
  /** The listing's size, to which that belongs. */
  total: count,
});

export const toGrid = z.discriminatedUnion('type', [
  /** The first message: texts and how the person likes the grid. */
  z.object({
    type: z.literal('start'),
    words: texts(gridWords),
    place: gridPlaceSchema,
    taste: gridTasteSchema,
  }),
  z.object({ type: z.literal('status'), status: statusSchema }),
  /** There is a newer listing: ask for a `refresh` when it suits. */
  z.object({ type: z.literal('changed') }),
  /** A listing to show from now on. Pages of an earlier version are worth nothing any more. */
  z.object({
    type: z.literal('listing'),
    /** Of the `refresh` that it answers. */
    id: count,
    version: z.int(),
    total: count,
    /** The dataset is still being read, so that more may come. */
    reading: z.boolean(),
    /** A filter is on: an empty listing does not mean an empty folder. */
    filtered: z.boolean(),
    /** The part of the path that is searched for. */
    text: z.string(),
    /** Of the run whose scores are shown; null without. */
    threshold: z.nullable(z.number()),
    /** Positions of the images that `refresh` asked for, null for those that left. */
    places: z.array(z.nullable(count)),
    selected: z.array(z.nullable(count)).check(z.maxLength(mostImages)),
  }),
  z.object({
    type: z.literal('page'),
    version: z.int(),
    offset: count,
    items: z.array(item).check(z.maxLength(gridPage)),
  }),
  /** Images that changed where they stand, as when they were labelled. */
  z.object({ type: z.literal('items'), items: z.array(item).check(z.maxLength(mostImages)) }),
  z.object({ type: z.literal('progress'), progress: labelled }),
  z.object({ type: z.literal('heard'), id: count }),
  z.object({
    type: z.literal('pictures'),
    kind,
    side: count,
    pictures: z.array(z.object({ image: z.string(), uri: z.nullable(z.string()) })),
  }),
  z.object({
    type: z.literal('names'),
    version: z.int(),
    from: count,
    names: images,
  }),
]);
export type ToGrid = z.infer<typeof toGrid>;

export const fromGrid = z.discriminatedUnion('type', [
  /** The page is there, for the first time or again. */
  z.object({ type: z.literal('ready') }),
  /** Asks for the newest listing and where images are in it. It is answered by a listing or a status. */
  z.object({
    type: z.literal('refresh'),
    id: count,
    places: z.array(z.string()).check(z.maxLength(32)),
    selected: images,
  }),
  z.object({ type: z.literal('page'), version: z.int(), offset: count }),
  /** Thumbnails wanted now, the most wanted first. What an earlier list asked for and this does not, lapses. */
  z.object({
    type: z.literal('pictures'),
    kind,
    side: z.int().check(z.minimum(16), z.maximum(2048)),
    images: z.array(z.string()).check(z.maxLength(2000)),
  }),
  /** Large pictures wanted now, likewise. */
  z.object({
    type: z.literal('look'),
    kind,
    images: z.array(z.string()).check(z.maxLength(8)),
  }),
  /** Names of the images from one position up to, but not with, another. */
  z.object({ type: z.literal('names'), version: z.int(), from: count, to: count }),
  /** Answered by `heard` at once: nobody answers when the extension host died, and the labels are not written. */
  z.object({ type: z.literal('mark'), id: count, mark: z.enum(marks), images }),
  z.object({ type: z.literal('open'), image: z.string() }),
  z.object({ type: z.literal('reveal'), image: z.string() }),
  z.object({ type: z.literal('search'), text: z.string().check(z.maxLength(1000)) }),
  z.object({ type: z.literal('taste'), taste: gridTasteSchema }),
  z.object({ type: z.literal('server'), action: z.enum(['restart', 'showLog']) }),
]);
export type FromGrid = z.infer<typeof fromGrid>;

// The training view.

const time = { t: z.string() };
const message = { message: z.string(), file: z.exactOptional(z.string()), ...time };
export const runEventSchema: z.ZodMiniType<RunEvent> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('state'),
    state: z.enum(['starting', 'running', 'finished', 'failed', 'cancelled']),
    message: z.exactOptional(z.string()),
    ...time,
  }),
  z.object({
    kind: z.literal('step'),
    epoch: count,
    done: count,
    total: count,
    segmentationLoss: z.number(),
    classificationLoss: z.number(),
    imagesPerSecond: z.number(),
    etaSeconds: z.number(),
    ...time,
  }),
  z.object({
    kind: z.literal('epoch'),
    epoch: count,
    epochs: count,
    segmentationLoss: z.number(),
    classificationLoss: z.number(),
    loss: z.number(),
    lambda: z.number(),
    seconds: z.number(),
    imagesPerSecond: z.number(),
    ...time,
  }),
  z.object({
    kind: z.literal('validation'),
    epoch: count,
    split: z.enum(['train', 'val', 'test']),
    averagePrecision: z.nullable(z.number()),
    ...time,
  }),
  z.object({ kind: z.literal('warning'), ...message }),
  z.object({ kind: z.literal('error'), ...message }),
  z.object({ kind: z.literal('checkpoint'), epoch: count, file: z.string(), ...time }),
]);

const runItem: z.ZodMiniType<RunItem> = z.object({
  run: z.string(),
  name: z.string(),
  state: z.enum([
    ...['starting', 'running', 'finished', 'failed', 'cancelled', 'stopped', 'unreadable'],
  ] as const),
  created: z.nullable(z.string()),
  epoch: z.nullable(count),
  epochs: z.nullable(count),
  split: z.nullable(z.string()),
  averagePrecision: z.nullable(z.number()),
  validationAveragePrecision: z.nullable(z.number()),
  step: z.nullable(
    z.object({
      done: count,
      total: count,
      segmentationLoss: z.number(),
      classificationLoss: z.number(),
      imagesPerSecond: z.number(),
      etaSeconds: z.number(),
    }),
  ),
  device: z.nullable(z.string()),
  message: z.nullable(z.string()),
  active: z.boolean(),
  hasWeights: z.boolean(),
});

/** Kept by VS Code over a reload of the window. */
export const trainingPlaceSchema = z.object({ run: z.string(), name: z.string() });
export type TrainingPlace = z.infer<typeof trainingPlaceSchema>;

export const trainingWords = [
  ...[
    'starting',
    'running',
    'finished',
    'failed',
    'cancelled',
    'stopped',
    'unreadable',
    'waiting',
    'gone',
  ],
  ...['epoch', 'epochOf', 'timeLeft', 'device', 'stepTime', 'pace', 'took', 'active', 'minutes'],
  ...['hours', 'seconds', 'perImage', 'perSecond', 'cancel', 'resume', 'evaluate', 'activate'],
  ...['openFolder', 'restart', 'showLog', 'messages', 'warning', 'error', 'moreMessages'],
  ...[
    'losses',
    'lossesText',
    'steps',
    'stepsText',
    'validation',
    'validationText',
    'averagePrecision',
  ],
  ...['total', 'segmentation', 'classification', 'trained', 'loss', 'noData', 'noValidation'],
  ...['noDataEnded', 'noDataImported', 'noValidationEnded', 'rename', 'delete'],
  ...['showTable', 'hideTable', 'rows', 'previousRows', 'nextRows', 'chart', 'chartKeys', 'none'],
  ...['best', 'score'],
] as const;
export type TrainingWords = Readonly<Record<(typeof trainingWords)[number], string>>;

export const toTraining = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    words: texts(trainingWords),
    place: trainingPlaceSchema,
  }),
  z.object({ type: z.literal('status'), status: statusSchema }),
  z.object({ type: z.literal('run'), run: runItem, trusted: z.boolean() }),
  /** Events in the order they were written; `reset`: from the first on. */
  z.object({
    type: z.literal('events'),
    reset: z.boolean(),
    events: z.array(runEventSchema).check(z.maxLength(mostImages)),
  }),
]);
export type ToTraining = z.infer<typeof toTraining>;

export const trainingActions = [
  ...(['cancel', 'resume', 'evaluate', 'activate', 'openFolder', 'rename', 'delete'] as const),
  ...(['restart', 'showLog'] as const),
] as const;
export type TrainingAction = (typeof trainingActions)[number];

export const fromTraining = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('action'), action: z.enum(trainingActions) }),
]);
export type FromTraining = z.infer<typeof fromTraining>;
