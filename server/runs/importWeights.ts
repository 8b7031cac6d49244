/** Weights from elsewhere as a run: a safetensors file with the authors' tensor names. */
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../protocol/errors.ts';
import { shareOf } from '../../protocol/numbers.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import { checkInputSize } from '../method/network.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { defaultThreshold } from './defaults.ts';
import type { PixelSize, RunHooks } from './request.ts';
import { firstIssue, networkSchema, runSchemaVersion, writeRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { assertNewRunFolder, createRunFolder } from './runFolder.ts';
import { asOnlyWriter } from './runSession.ts';
import { readWeightsFile } from './startingWeights.ts';
import type { StartingWeights } from './startingWeights.ts';
import { segdecVersion } from './version.ts';

export interface ImportRequest {
  readonly file: string;
  /** The new run folder. */
  readonly output: string;
  /** Input size; needed unless the file was written by segdec. */
  readonly size?: PixelSize;
  /** Scores at or above it count as defective; default the file's, else 0.5. */
  readonly threshold?: number;
}

export interface ImportedRun {
  readonly run: string;
  readonly network: NetworkSpec;
  readonly threshold: number;
}

/** What files of ours say besides the tensors. */
function ownMetadata({ metadata, path }: StartingWeights) {
  const network = metadata['network'];
  const threshold = metadata['threshold'];
  return {
    network: network === undefined ? undefined : parseNetwork(network, path),
    threshold: threshold === undefined ? undefined : parseThreshold(threshold, path),
  };
}

function parseThreshold(text: string, path: string): number {
  const value = shareOf(text);
  if (value !== undefined) return value;
  throw new UserError(
    `${path}: the threshold in its metadata is ${JSON.stringify(text.slice(0, 60))}, not a number from 0 to 1; export the weights again.`,
  );
}

function parseNetwork(text: string, path: string): z.infer<typeof networkSchema> {
  try {
    return networkSchema.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    const why = error instanceof z.ZodError ? firstIssue(error) : error.message;
    throw new UserError(`${path}: the network in its metadata is not understood (${why}).`, {
      cause: error,
    });
  }
}

function runFileOf(
  request: ImportRequest,
  network: NetworkSpec,
  from: RunFile['from'],
  threshold: number,
): RunFile {
  return {
    schemaVersion: runSchemaVersion,
    writtenBy: segdecVersion,
    needs: '0.1.0',
    kind: 'import',
    name: basename(resolve(request.output)),
    created: new Date().toISOString(),
    request: { ...request, threshold },
    origins: {},
    seed: 0,
    network,
    preset: null,
    settings: null,
    dataset: null,
    supervision: null,
    validation: null,
    weights: 'last',
    from,
    engine: null,
    cacheBytes: 0,
    versions: { segdec: segdecVersion, node: process.version },
  };
}

/**
 * Makes a run folder of a safetensors file; variant, width and channels are told from the tensors.
 * Throws a UserError for a file that holds no such network, or when the input size is not known.
 */
export async function importWeights(
  request: ImportRequest,
  hooks: RunHooks = {},
): Promise<ImportedRun> {
  const file = resolve(request.file);
  const output = resolve(request.output);
  await assertNewRunFolder(output);
  const read = await readWeightsFile(file);
  const { network: shape, weights, sha256 } = read;
  const own = ownMetadata(read);
  const size =
    request.size ??
    (own.network && { width: own.network.imageWidth, height: own.network.imageHeight });
  if (size === undefined) {
    throw new UserError(
      `${file} does not say the input size of its network; give it with --size WIDTHxHEIGHT.`,
    );
  }
  checkInputSize(size.width, size.height);
  const network = { ...shape, imageWidth: size.width, imageHeight: size.height };
  const threshold = request.threshold ?? own.threshold ?? defaultThreshold.value;
  const paths = await createRunFolder(output, hooks.fs);
  return await asOnlyWriter(paths, hooks, async (log) => {
    const sampler = { epoch: 0, random: [], used: [], turn: [] };
    const sums = { segmentation: 0, classification: 0, loss: 0, count: 0 };
    const state = { epoch: 0, done: 0, sampler, sums, best: null, skipped: [] };
    await writeCheckpoint(paths.checkpoint, { weights, network, state }, paths.files);
    await writeRunFile(
      paths.run,
      runFileOf(request, network, { path: file, sha256 }, threshold),
      paths.files,
    );
    await log.write({ kind: 'state', state: 'finished', message: `Imported ${file}.` });
    return { run: paths.folder, network, threshold };
  });
}
