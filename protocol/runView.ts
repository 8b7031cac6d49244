/** What the runs view, the train command and the training view are told about runs. */
import * as z from 'zod/mini';
import type { NothingLearned } from './learning.ts';
import { mostThreads } from './run.ts';
import { presetNames, variantNames } from './run.ts';
import type { EventState, RunEvent } from './run.ts';

/** `stopped`: its process died without a word; `unreadable`: see message. */
export type RunState = EventState['state'] | 'stopped' | 'unreadable';

/** A run as lists show it. */
export interface RunItem {
  /** Absolute folder; names the run in every request. */
  readonly run: string;
  readonly name: string;
  readonly state: RunState;
  /** ISO 8601 UTC; null when unreadable. */
  readonly created: string | null;
  /** Epochs finished, of how many; null for imported weights. */
  readonly epoch: number | null;
  readonly epochs: number | null;
  /** The split that averagePrecision is of. */
  readonly split: string | null;
  readonly averagePrecision: number | null;
  /** Why it means nothing; null where it does. */
  readonly nothingLearned: NothingLearned | null;
  /** Of the last validation in training, and why it means nothing. */
  readonly validationAveragePrecision: number | null;
  readonly validationNothingLearned: NothingLearned | null;
  /** Of the last step, while it runs. */
  readonly step: {
    readonly done: number;
    readonly total: number;
    readonly segmentationLoss: number;
    readonly classificationLoss: number;
    /** Null while too few images were timed. */
    readonly imagesPerSecond: number | null;
    readonly etaSeconds: number | null;
  } | null;
  /** Engine and device in words; null before the run began. */
  readonly device: string | null;
  /** What it last said, or why it failed. */
  readonly message: string | null;
  /** True for the run whose scores are shown. */
  readonly active: boolean;
  /** It has weights to resume from, score with or export. */
  readonly hasWeights: boolean;
}

/** The part of a training request that the editor asks for; what is absent is inferred. */
export const trainOptionsSchema = z.object({
  name: z.optional(z.string().check(z.maxLength(80))),
  class: z.optional(z.string()),
  fold: z.optional(z.int().check(z.nonnegative())),
  preset: z.optional(z.enum(presetNames)),
  variant: z.optional(z.enum(variantNames)),
  segmented: z.optional(z.union([z.int().check(z.nonnegative()), z.literal('all')])),
  epochs: z.optional(z.int().check(z.positive(), z.maximum(100_000))),
  /** Input size in pixels, multiples of 8. */
  size: z.optional(
    z.object({ width: z.int().check(z.positive()), height: z.int().check(z.positive()) }),
  ),
  /** Multiplies the network's channel counts. */
  width: z.optional(z.number().check(z.positive(), z.maximum(8))),
  seed: z.optional(z.int()),
  validation: z.optional(z.union([z.number().check(z.gt(0), z.lt(1)), z.enum(['test', 'none'])])),
  /** Threads of the engine, and GiB that the run must fit in. */
  threads: z.optional(z.int().check(z.positive(), z.maximum(mostThreads))),
  memory: z.optional(z.number().check(z.positive())),
  /** A run folder or safetensors file whose weights to start from. */
  from: z.optional(z.string()),
});
export type TrainOptions = z.infer<typeof trainOptionsSchema>;

/** What a run would be, before it is begun. */
export interface TrainEstimate {
  /** Every resolved value and where it comes from, as `segdec train --explain` shows them. */
  readonly values: readonly {
    readonly name: string;
    readonly value: string;
    readonly from: string;
  }[];
  readonly preset: string;
  readonly epochs: number;
  readonly positives: number;
  readonly negatives: number;
  /** Defective training images whose mask will be used, and how many have one that could be. */
  readonly masksUsed: number;
  readonly masksUsable: number;
  readonly memoryBytes: number;
  /** Why it could not be begun on this machine, as one sentence; null if it can. */
  readonly refusal: string | null;
  /** Rough; from runs of this project where there are any. */
  readonly seconds: number;
}

export interface RunEventsResult {
  readonly events: readonly RunEvent[];
  /** Where to read on. */
  readonly offset: number;
}

/** A prediction of one file by the active run. */
export type FilePredictionResult =
  | {
      /** Absolute. */
      readonly file: string;
      readonly score: number;
      readonly threshold: number;
      readonly defective: boolean;
      /** Absolute path of a picture of the image under its heat map, in the cache. */
      readonly overlay: string;
    }
  | { readonly file: string; readonly error: string };

/** Predictions that were kept, as a list names them. */
export interface KeptPredictions {
  /** Absolute, in `.segdec/predictions` of the project. */
  readonly folder: string;
  /** Absolute path of names and scores as CSV. */
  readonly table: string;
  /** ISO 8601 UTC. */
  readonly created: string;
  /** Name of the run that predicted. */
  readonly run: string;
  /** The folder that the images lie in. */
  readonly source: string;
  readonly images: number;
  readonly defective: number;
}
