/** What the process that runs a model and its parent say to each other. */
import * as z from 'zod';
import { orientationNames } from '../../protocol/dataset.ts';
import { faultSchema } from './fault.ts';
import { memoryBytes, share, threads } from './numberSchemas.ts';

/** The process's argument. */
export const inferenceOptionsSchema = z.object({
  /** A run folder or a .onnx file. */
  model: z.string(),
  threads: z.exactOptional(threads),
  /** Budget from which a run's forms are chosen. */
  memoryBytes: z.exactOptional(memoryBytes),
  /** What a file may cost, and the process that runs it. */
  limits: z.exactOptional(
    z.object({ memoryBytes: z.number().positive(), seconds: z.number().positive() }),
  ),
  /** Where heat maps of files are kept, and what their names begin with: another word for other weights. */
  maps: z.exactOptional(z.object({ folder: z.string(), key: z.string() })),
});
export type InferenceOptions = z.infer<typeof inferenceOptionsSchema>;

/** From the parent: files or one image to score, one such request at a time, and that it may stop. */
export const inferenceRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('predict'), files: z.array(z.string()) }),
  z.object({
    kind: z.literal('score'),
    pixels: z.custom<Uint8Array | Uint16Array>(
      (value) => value instanceof Uint8Array || value instanceof Uint16Array,
    ),
    maximum: z.union([z.literal(255), z.literal(65535)]),
  }),
  z.object({ kind: z.literal('cancel') }),
]);
export type InferenceRequest = z.infer<typeof inferenceRequestSchema>;

const scoredSchema = z.object({
  file: z.string(),
  score: share,
  threshold: share,
  defective: z.boolean(),
  /** The PNG of its heat map. */
  heatmap: z.string(),
});
const unreadableSchema = z.object({ file: z.string(), error: z.string() });
export const keptPredictionSchema = z.union([scoredSchema, unreadableSchema]);
export type KeptPrediction = z.infer<typeof keptPredictionSchema>;

/** What a loaded model says about itself. */
const modelFactsSchema = z.object({
  network: z.object({
    channels: z.union([z.literal(1), z.literal(3)]),
    imageWidth: z.number().int().positive(),
    imageHeight: z.number().int().positive(),
  }),
  threshold: z.object({
    value: share,
    from: z.enum(['validation', 'train', 'default', 'user']),
  }),
  orientation: z.enum(orientationNames),
  weightsEpoch: z.number().nullable(),
});
export type ModelFacts = z.infer<typeof modelFactsSchema>;

/** From the process: the model is loaded; a prediction; all of a request are done; why they are not. */
export const inferenceReplySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), facts: modelFactsSchema }),
  z.object({ kind: z.literal('prediction'), prediction: keptPredictionSchema }),
  z.object({
    kind: z.literal('scored'),
    probability: share,
    map: z.custom<Float32Array>((value) => value instanceof Float32Array),
  }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('fault'), fault: faultSchema }),
]);
export type InferenceReply = z.infer<typeof inferenceReplySchema>;

/** What the thread beside the model is started with (processGuard.ts). */
export const guardOptionsSchema = z.object({ memoryBytes: z.exactOptional(z.number().positive()) });
/** What the process says last, on its standard error, when it has taken too much memory. */
export const memoryWord = 'segdec: too much memory';
