/** Weights to start a run from: another run's, or a safetensors file with the authors' names. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { mostBytes } from '../../common/node/readLimited.ts';
import { UserError } from '../../protocol/errors.ts';
import type { Weights } from '../engines/engine.ts';
import { errorCode } from '../files/fileSystem.ts';
import { assertNoLinks } from '../files/kept.ts';
import { readWhole } from '../files/readWhole.ts';
import { decodeNamed, readCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { identifyNetwork } from './identifyNetwork.ts';
import type { NetworkShape } from './identifyNetwork.ts';
import { readRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { exists, runPaths } from './runFolder.ts';

export interface StartingWeights {
  /** The weights' file, absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly network: NetworkShape;
  readonly weights: Weights;
  /** What the file says besides the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`There is nothing at ${path}; name a run folder or a safetensors file.`, {
      cause: error,
    });
  }
}

/** The weights that a run stands for: the best where it keeps the best, else the last. */
async function weightsFile(runFolder: string, { weights }: RunFile): Promise<string> {
  const paths = runPaths(runFolder);
  for (const file of weights === 'best' ? [paths.best, paths.checkpoint] : [paths.checkpoint]) {
    await assertNoLinks(paths.folder, file);
    if (await exists(file)) return file;
  }
  throw new UserError(
    `${paths.folder} has no weights yet: no epoch was finished; continue it with \`segdec resume\`.`,
  );
}

/** The weights that a run stands for, with the state they were saved in. Throws a UserError when there are none yet. */
export async function readRunWeights(runFolder: string, run: RunFile): Promise<Checkpoint> {
  const file = await weightsFile(runFolder, run);
  const checkpoint = await readCheckpoint(file, run.network);
  if (checkpoint !== undefined) return checkpoint;
  throw new UserError(`${file} is gone; resume the run to make it.`);
}

/** Reads a safetensors file and says what network it is of. */
export async function readWeightsFile(path: string): Promise<StartingWeights> {
  const bytes = await readWhole(path, mostBytes.model);
  const { tensors, metadata } = decodeNamed(bytes, path);
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    network: identifyNetwork(tensors, path),
    weights: tensors,
    metadata,
  };
}

/** Reads the weights of a run folder or of a safetensors file. Throws a UserError for anything else. */
export async function readStartingWeights(from: string): Promise<StartingWeights> {
  const path = resolve(from);
  if (!(await isFolder(path))) return await readWeightsFile(path);
  return await readWeightsFile(await weightsFile(path, await readRunFile(runPaths(path).run)));
}
