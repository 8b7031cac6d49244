/** What the kept inference process and its parent say to each other. */
import { z } from 'zod';
import { mostThreads } from '../../protocol/run.ts';
import { faultSchema } from './fault.ts';

/** The process's argument. */
export const inferenceOptionsSchema = z.object({
  /** A run folder. */
  model: z.string(),
  /** Folder for heat maps, and what their names begin with: another word for other weights. */
  maps: z.string(),
  key: z.string(),
  threads: z.exactOptional(z.number().int().positive().max(mostThreads)),
});
export type InferenceOptions = z.infer<typeof inferenceOptionsSchema>;

/** From the parent: files to score, one such request at a time, and that it may stop. */
export const inferenceRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('predict'), files: z.array(z.string()) }),
  z.object({ kind: z.literal('cancel') }),
]);
export type InferenceRequest = z.infer<typeof inferenceRequestSchema>;

const scoredSchema = z.object({
  file: z.string(),
  score: z.number(),
  threshold: z.number(),
  defective: z.boolean(),
  /** The PNG of its heat map. */
  heatmap: z.string(),
});
const unreadableSchema = z.object({ file: z.string(), error: z.string() });
export const keptPredictionSchema = z.union([scoredSchema, unreadableSchema]);
export type KeptPrediction = z.infer<typeof keptPredictionSchema>;

/** From the process: the model is loaded; a prediction; all of a request are done; why they are not. */
export const inferenceReplySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('prediction'), prediction: keptPredictionSchema }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('fault'), fault: faultSchema }),
]);
export type InferenceReply = z.infer<typeof inferenceReplySchema>;
