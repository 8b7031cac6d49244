/**
 * What a run process is asked to do, and what it says back. `train` and `resume` are processes of their own
 * that outlive whoever started them; all other tasks belong to the process that asked, and end with it.
 */
import * as z from 'zod';
import { presetNames, variantNames } from '../../protocol/run.ts';
import type { EvaluationResult } from '../../protocol/run.ts';
import type { TrainEstimate } from '../../protocol/runView.ts';
import { faultSchema } from './fault.ts';
import type { ExportedModel } from './exportRun.ts';
import { int32, memoryBytes, threads, widthFactor } from './numberSchemas.ts';
import { settingsSchema } from './runFile.ts';

const optional = z.exactOptional;
const whole = z.number().int();

/** The part of a TrainRequest that editors ask for. */
export const trainRequestSchema = z.strictObject({
  data: z.string(),
  dataset: optional(z.string()),
  name: optional(z.string()),
  class: optional(z.string()),
  fold: optional(whole.nonnegative()),
  preset: optional(z.enum(presetNames)),
  variant: optional(z.enum(variantNames)),
  segmented: optional(z.union([whole.nonnegative(), z.literal('all')])),
  settings: optional(z.object({ epochs: optional(settingsSchema.shape.epochs) })),
  // What the network takes of them is said where the run is resolved, with a size that would do.
  size: optional(z.object({ width: whole.positive(), height: whole.positive() })),
  width: optional(widthFactor),
  seed: optional(int32),
  validation: optional(z.union([z.number().gt(0).lt(1), z.enum(['test', 'none'])])),
  threads: optional(threads),
  memoryBytes: optional(memoryBytes),
  from: optional(z.string()),
  machine: optional(
    z.object({
      threads: optional(threads),
      memoryBytes: optional(memoryBytes),
    }),
  ),
});

const trainTask = z.object({
  kind: z.literal('train'),
  request: trainRequestSchema,
  /** The run folder, absolute. */
  output: z.string(),
});
/** Places outside of a run's project that the person has named for it. */
const allowed = optional(z.array(z.string()));
const resumeTask = z.object({ kind: z.literal('resume'), run: z.string(), allowed });
/** Tasks that outlive whoever started them. */
const detachedTask = z.discriminatedUnion('kind', [trainTask, resumeTask]);
export type DetachedTask = z.infer<typeof detachedTask>;

/** Starts a detached task, and ends when that has begun. */
const launchTask = z.object({
  kind: z.literal('launch'),
  task: detachedTask,
  /** The file that takes what the detached process prints. */
  log: z.string(),
});
const estimateTask = z.object({ kind: z.literal('estimate'), request: trainRequestSchema });
const evaluateTask = z.object({
  kind: z.literal('evaluate'),
  run: z.string(),
  allowed,
  threads: optional(threads),
});
const exportTask = z.object({ kind: z.literal('export'), run: z.string(), file: z.string() });
const doctorTask = z.object({ kind: z.literal('doctor') });

const attachedTask = z.discriminatedUnion('kind', [
  launchTask,
  estimateTask,
  evaluateTask,
  exportTask,
  doctorTask,
]);
export type AttachedTask = z.infer<typeof attachedTask>;

export const taskSchema = z.union([detachedTask, attachedTask]);
export type Task = z.infer<typeof taskSchema>;

/** What each attached task gives. */
export interface TaskResults {
  /** The run folder. */
  readonly launch: string;
  readonly estimate: TrainEstimate;
  readonly evaluate: EvaluationResult;
  readonly export: ExportedModel;
  readonly doctor: { readonly text: string; readonly works: boolean };
}

/** From an attached process to its parent; one result or fault, and nothing after it. */
export const taskMessageSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    done: z.number(),
    total: z.number(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('result'), value: z.unknown() }),
  z.object({ kind: z.literal('fault'), fault: faultSchema }),
]);
export type TaskMessage = z.infer<typeof taskMessageSchema>;

/** From the parent. */
export const cancelMessage = { kind: 'cancel' } as const;
export const cancelMessageSchema = z.object({ kind: z.literal('cancel') });
