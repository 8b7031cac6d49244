/**
 * run.json: what was asked and everything that was resolved from it, so that the run can be
 * repeated. Written once; the shipped threshold and the results are in metrics.json.
 */
import * as z from 'zod';
import { layoutNames, orientationNames } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { deviceNames, engineNames, presetNames, variantNames } from '../../protocol/run.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { readKept } from '../files/kept.ts';
import { parseJson } from '../files/readJson.ts';
import {
  count,
  float32,
  int32,
  memoryBytes,
  share,
  side,
  threads,
  widthFactor,
} from './numberSchemas.ts';
import { segdecVersion } from './version.ts';

/** Raised when an older program could no longer read what we write. */
export const runSchemaVersion = 1;

const form = z.enum(['direct', 'minimal']);

export const networkSchema = z.object({
  variant: z.enum(variantNames),
  width: widthFactor,
  channels: z.union([z.literal(1), z.literal(3)]),
  imageWidth: side,
  imageHeight: side,
});

/** Every number and switch of training; the sentences are what editors show in segdec.json. */
export const settingsSchema = z.object({
  epochs: z.number().int().positive().describe('Passes over the positives. 50 to 90 by preset.'),
  learningRate: float32.positive().describe('Step length of plain SGD. 0.01 to 1 by preset.'),
  batchSize: z
    .number()
    .int()
    .positive()
    .describe('Images whose gradients are summed before one update. 1; severstal 10.'),
  delta: float32.nonnegative().describe('Weight of the classification loss. 0.01 to 1.'),
  dilation: z
    .number()
    .int()
    .positive()
    .describe('Side in pixels, odd, of the square that widens masks before training; 1: none.'),
  positiveWeight: float32.positive().describe('The largest weight of a defective pixel.'),
  distancePower: float32
    .nonnegative()
    .describe("How steeply a defective pixel's weight falls towards the edge of the defect."),
  balancedLoss: z
    .boolean()
    .describe('Move the weight from segmentation to classification over the epochs.'),
  gradientStop: z
    .boolean()
    .describe('Keep the gradient of the classification out of the segmentation part.'),
  stopWarmup: count.describe('Epochs in which gradientStop holds although it is off. 0.'),
  distanceWeights: z
    .boolean()
    .describe('Weigh defective pixels by their distance to the edge; off: all the same.'),
  weightsPerRegion: z
    .boolean()
    .describe('Scale these weights for each connected defect by itself, not over the image.'),
  frequencySampling: z
    .boolean()
    .describe('Draw the negatives that were used least; off: any, by chance.'),
  classTarget: z
    .enum(['label', 'released'])
    .meta({
      enumDescriptions: [
        'Positives count 1.',
        "The largest value of the target map, as the authors' program does.",
      ],
    })
    .describe('What the classification learns of a positive.'),
});

const layerFormsSchema = z.object({
  layer: z.string(),
  forward: form,
  inputGradient: z.enum(['direct', 'minimal', 'none']),
  filterGradient: form,
});

const datasetSchema = z.object({
  /** Absolute, as it was when the run began. */
  root: z.string(),
  /** The same from the run folder, with forward slashes: both may be moved together. */
  rootFromRun: z.string(),
  layout: z.enum(layoutNames),
  class: z.string().nullable(),
  onlyClass: z.boolean(),
  fold: count.nullable(),
  splitSeed: int32,
  /** How images lay; files of before knew EXIF alone. */
  orientation: z.enum(orientationNames).default('exif'),
  /** Runs of versions without it have followed no link out of the dataset. */
  followLinks: z.boolean().default(false),
  images: count,
  fingerprint: z.string(),
});

export const validationSchema = z.object({
  /** `split`: the dataset's own val folder; `fraction`: held out of train; `test`: on the test split. */
  on: z.enum(['none', 'split', 'fraction', 'test']),
  fraction: share.nullable(),
  /** Epochs between validations; the last epoch always has one. */
  every: z.number().int().positive(),
});
export type ValidationRule = z.infer<typeof validationSchema>;

const supervisionSchema = z.object({
  positives: count,
  negatives: count,
  /** N, and the images whose masks were used. */
  segmented: count,
  images: z.array(z.string()),
});

const engineSchema = z.object({
  name: z.enum(engineNames),
  /** As asked; `device` is what was used. */
  requestedDevice: z.enum(deviceNames),
  engine: z.string(),
  device: z.string(),
  threads,
  memoryBytes,
  forms: z.array(layerFormsSchema),
  versions: z.record(z.string(), z.string()),
});

export const runFileSchema = z.object({
  schemaVersion: z.literal(runSchemaVersion),
  /** The program that wrote it, and the least version that can read it. */
  writtenBy: z.string(),
  needs: z.string(),
  kind: z.enum(['train', 'import']),
  name: z.string(),
  created: z.string(),
  /** Of the person who trained it (ownRuns.ts); null or absent: of nobody in particular. */
  mark: z.string().nullable().optional(),
  request: z.record(z.string(), z.unknown()),
  /** Where each resolved value came from. */
  origins: z.record(z.string(), z.string()),
  seed: int32,
  network: networkSchema,
  /** The rest is null for imported weights. */
  preset: z.enum(presetNames).nullable(),
  settings: settingsSchema.nullable(),
  dataset: datasetSchema.nullable(),
  supervision: supervisionSchema.nullable(),
  validation: validationSchema.nullable(),
  weights: z.enum(['last', 'best']),
  from: z.object({ path: z.string(), sha256: z.string() }).nullable(),
  engine: engineSchema.nullable(),
  cacheBytes: z.number().nonnegative(),
  versions: z.record(z.string(), z.string()),
});
export type RunFile = z.infer<typeof runFileSchema>;
/** The run file of a run that was trained here: nothing is null that training needs. */
export type TrainedRunFile = RunFile & {
  settings: NonNullable<RunFile['settings']>;
  dataset: NonNullable<RunFile['dataset']>;
  supervision: NonNullable<RunFile['supervision']>;
  validation: NonNullable<RunFile['validation']>;
  engine: NonNullable<RunFile['engine']>;
};

const headSchema = z.object({ schemaVersion: z.number().int(), needs: z.string().optional() });

/**
 * Throws a UserError when a file of this program carries a newer schema version than `known`:
 * an older program says which version it needs, and never guesses.
 */
export function assertReadable(value: unknown, known: number, path: string): void {
  const head = headSchema.safeParse(value);
  if (!head.success) {
    throw new UserError(`${path} has no schemaVersion: it was not written by segdec.`);
  }
  if (head.data.schemaVersion > known) {
    const needs = head.data.needs ?? `with schema ${head.data.schemaVersion}`;
    throw new UserError(
      `${path} was written by a newer version; it needs segdec ${needs} (this is ${segdecVersion}).`,
    );
  }
}

/** The first problem that zod found, as a place and a reason. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'its content is not understood';
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}

/** Reads run.json; throws a UserError for a missing, broken or newer one. */
export async function readRunFile(path: string): Promise<RunFile> {
  let text: Uint8Array;
  try {
    text = await readKept(path, mostBytes.run);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`No run here: ${path} does not exist; name a run folder.`);
  }
  const value = parseJson(text, path, 'put the right file back');
  assertReadable(value, runSchemaVersion, path);
  const parsed = runFileSchema.safeParse(value);
  if (!parsed.success) throw new UserError(`${path} cannot be read: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

/** The run file of a run that can be trained on; throws a UserError for imported weights. */
export async function readTrainedRunFile(path: string): Promise<TrainedRunFile> {
  const run = await readRunFile(path);
  const { settings, dataset, supervision, validation, engine } = run;
  if (!settings || !dataset || !supervision || !validation || !engine) {
    throw new UserError(
      `${path} is of imported weights, which were not trained here; start a run with \`segdec train … --from\`.`,
    );
  }
  return { ...run, settings, dataset, supervision, validation, engine };
}

/** Writes run.json whole or not at all. */
export async function writeRunFile(path: string, run: RunFile, fs?: FileSystem): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(runFileSchema.parse(run), null, 2)}\n`, fs);
}
