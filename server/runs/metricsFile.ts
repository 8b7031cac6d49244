/**
 * metrics.json: all metrics of an evaluation with the reasons of undefined ones, the curves' points,
 * and the shipped threshold with its origin.
 */
import * as z from 'zod';
import { splitNames } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { nothingLearned } from '../../protocol/learning.ts';
import type { NothingLearned } from '../../protocol/learning.ts';
import type { EvaluationResult } from '../../protocol/run.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { readKeptIfThere } from '../files/kept.ts';
import { parseJson } from '../files/readJson.ts';
import { count, nearShare, share } from './numberSchemas.ts';
import { assertReadable, firstIssue } from './runFile.ts';

/** Raised when an older program could no longer read what we write. */
export const metricsSchemaVersion = 1;

const figure = nearShare.nullable();
const number = count.nullable();
const points = z.array(nearShare).readonly();

const metricsSchema = z.object({
  averagePrecision: figure,
  auc: figure,
  f1: figure,
  threshold: share.nullable(),
  accuracy: figure,
  meanAccuracy: figure,
  falsePositives: number,
  falseNegatives: number,
  falsePositivesAtZeroFalseNegatives: number,
  averagePrecisionStep: figure,
  pixelAveragePrecision: figure,
  pixelIou: figure,
  pixelDice: figure,
  defectRecall: figure,
  falseRegionsPerImage: z.number().nonnegative().nullable(),
});

/** Outcomes of a split at the shipped threshold. */
const outcomeCountsSchema = z.object({
  truePositives: count,
  falsePositives: count,
  falseNegatives: count,
  trueNegatives: count,
});

const kindSchema = z.object({
  /** A word of the dataset such as scratch; '' where none is given. */
  kind: z.string(),
  images: count,
  /** Defective images of this kind at or above the shipped threshold. */
  found: count,
});

export const metricsFileSchema = z.object({
  schemaVersion: z.literal(metricsSchemaVersion),
  writtenBy: z.string(),
  needs: z.string(),
  /** The dataset folder that was evaluated, absolute. */
  dataset: z.string(),
  split: z.enum(splitNames),
  /** The split is also the one that was validated on during training. */
  alsoValidatedOn: z.boolean(),
  /** Epochs that the weights were trained for. */
  weightsEpoch: count,
  shippedThreshold: z.object({
    value: share,
    from: z.enum(['validation', 'train', 'user', 'default']),
  }),
  metrics: metricsSchema,
  /** Why a metric is null, by its name. */
  reasons: z.record(z.string(), z.string()),
  atShippedThreshold: outcomeCountsSchema,
  images: z.object({ scored: count, positives: count, negatives: count }),
  /** Images of the dataset that could not be read. */
  unreadable: z.array(z.string()).readonly(),
  kinds: z.array(kindSchema).readonly(),
  /** Defects of the split's masks by area in pixels; empty without masks. */
  defectsByArea: z
    .array(z.object({ minArea: count, maxArea: count.nullable(), defects: count, met: count }))
    .readonly(),
  /** The score at which pixels count as defect in IoU, Dice and the figures per defect. */
  pixelThreshold: share.nullable(),
  curves: z
    .object({
      precision: points,
      recall: points,
      thresholds: points,
      falsePositiveRate: points,
      truePositiveRate: points,
    })
    .nullable(),
});
export type MetricsFile = z.infer<typeof metricsFileSchema>;

/** What of an evaluation is printed: the run's folder (absolute), split, shipped threshold, counts and metrics. */
export function evaluationResult(run: string, file: MetricsFile): EvaluationResult {
  const { split, shippedThreshold, atShippedThreshold, metrics } = file;
  const nothing = nothingLearnedIn(file);
  return { run, split, shippedThreshold, atShippedThreshold, nothingLearned: nothing, metrics };
}

/** Why the metrics mean nothing; null where they do. */
export const nothingLearnedIn = ({ metrics, curves }: MetricsFile): NothingLearned | null =>
  nothingLearned(metrics.auc, curves?.thresholds.length ?? 0);

/** Writes metrics.json whole or not at all. */
export async function writeMetricsFile(
  path: string,
  file: MetricsFile,
  fs?: FileSystem,
): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(metricsFileSchema.parse(file), null, 1)}\n`, fs);
}

/** Reads metrics.json, or undefined when there is none; throws a UserError for a broken or newer one. */
export async function readMetricsFile(path: string): Promise<MetricsFile | undefined> {
  const text = await readKeptIfThere(path, mostBytes.run);
  if (text === undefined) return undefined;
  const value = parseJson(text, path, 'evaluate the run again');
  assertReadable(value, metricsSchemaVersion, path);
  const parsed = metricsFileSchema.safeParse(value);
  if (!parsed.success) throw new UserError(`${path} cannot be read: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}
