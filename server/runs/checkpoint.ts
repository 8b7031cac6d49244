/**
 * Checkpoints: the weights by the authors' tensor names, and in the metadata everything else that a
 * resumed run needs to go on exactly where this one stopped.
 */
import * as z from 'zod';
import { UserError, errorText } from '../../protocol/errors.ts';
import { decimalOf } from '../../protocol/numbers.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import type { Weights } from '../engines/engine.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { readKeptIfThere } from '../files/kept.ts';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.ts';
import { count, int32, nearShare } from './numberSchemas.ts';
import { assertReadable, firstIssue, networkSchema, runSchemaVersion } from './runFile.ts';
import { segdecVersion } from './version.ts';

/** Four words of xoroshiro128+, which gives 0 for ever where all are. */
const isGenerator = (words: readonly number[]): boolean =>
  words.length === 4 && words.some((word) => word !== 0);

const samplerSchema = z.object({
  epoch: count,
  /** Empty for imported weights, which no generator has drawn for. */
  random: z
    .array(int32)
    .refine((words) => words.length === 0 || isGenerator(words), 'is no state of the generator')
    .readonly(),
  used: z.array(count).readonly(),
  turn: z.array(count).readonly(),
});

export const runStateSchema = z.object({
  /** Epochs finished. */
  epoch: count,
  /** Samples of the running epoch that are done; 0 between epochs. */
  done: count,
  /** The sampler as it was before the running epoch was drawn. */
  sampler: samplerSchema,
  /** Sums over the running epoch's samples. */
  sums: z.object({
    segmentation: z.number(),
    classification: z.number(),
    loss: z.number(),
    count,
  }),
  /** The best validation so far. */
  best: z.object({ epoch: count, averagePrecision: nearShare }).nullable(),
  /** Training images that could not be read. */
  skipped: z.array(z.string()).readonly(),
});

/** The only thing that training saves besides the weights. */
export type RunState = z.infer<typeof runStateSchema>;

const headSchema = z.object({
  schemaVersion: z.literal(runSchemaVersion),
  network: networkSchema,
  state: runStateSchema,
});

export interface Checkpoint {
  readonly weights: Weights;
  readonly network: NetworkSpec;
  readonly state: RunState;
}

/** Writes a checkpoint whole or not at all. */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  fs?: FileSystem,
): Promise<void> {
  const metadata = {
    format: 'segdec-checkpoint',
    schemaVersion: String(runSchemaVersion),
    needs: '0.1.0',
    writtenBy: segdecVersion,
    network: JSON.stringify(checkpoint.network),
    state: JSON.stringify(checkpoint.state),
  };
  await writeFileWhole(path, encodeSafetensors(checkpoint.weights, metadata), fs);
}

function parsePart(text: string | undefined, path: string): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    throw new UserError(`${path} is not a checkpoint of a run (${errorText(error)}).`, {
      cause: error,
    });
  }
}

const sameNetwork = (a: NetworkSpec, b: NetworkSpec): boolean =>
  a.variant === b.variant &&
  a.width === b.width &&
  a.channels === b.channels &&
  a.imageWidth === b.imageWidth &&
  a.imageHeight === b.imageHeight;

export const networkText = (n: NetworkSpec): string =>
  `${n.variant}, width ${n.width}, ${n.imageWidth}x${n.imageHeight}x${n.channels}`;

/**
 * Reads a checkpoint; undefined when there is none. Throws a UserError for a broken file and for
 * one of another network than `network`.
 */
export async function readCheckpoint(
  path: string,
  network: NetworkSpec,
): Promise<Checkpoint | undefined> {
  const bytes = await readKeptIfThere(path, mostBytes.model);
  if (bytes === undefined) return undefined;
  const { tensors, metadata } = decodeNamed(bytes, path);
  const version = decimalOf(metadata['schemaVersion'] ?? '');
  assertReadable({ schemaVersion: version, needs: metadata['needs'] }, runSchemaVersion, path);
  const head = headSchema.safeParse({
    schemaVersion: version,
    network: parsePart(metadata['network'], path),
    state: parsePart(metadata['state'], path),
  });
  if (!head.success) throw new UserError(`${path} cannot be read: ${firstIssue(head.error)}.`);
  if (!sameNetwork(head.data.network, network)) {
    throw new UserError(
      `${path} is a checkpoint of another network (${networkText(head.data.network)}) than run.json's (${networkText(network)}); put the right file back or start a new run.`,
    );
  }
  return { weights: tensors, network: head.data.network, state: head.data.state };
}

/** Decodes a safetensors file; what is wrong with it is said with its path. */
export function decodeNamed(bytes: Uint8Array, path: string): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`, { cause: error });
  }
}
