/** Weights to start a run from: another run's, or a safetensors file with the authors' names. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Weights } from '../engines/engine.ts';
import { errorCode } from '../files/fileSystem.ts';
import { readWhole } from '../files/readWhole.ts';
import { decodeNamed } from './checkpoint.ts';
import { identifyNetwork } from './identifyNetwork.ts';
import type { NetworkShape } from './identifyNetwork.ts';
import { readRunFile } from './runFile.ts';
import { exists, runPaths } from './runFolder.ts';

export interface StartingWeights {
  /** The weights' file, absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly network: NetworkShape;
  readonly weights: Weights;
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
export async function weightsFile(runFolder: string): Promise<string> {
  const paths = runPaths(runFolder);
  const { weights } = await readRunFile(paths.run);
  if (weights === 'best' && (await exists(paths.best))) return paths.best;
  if (await exists(paths.checkpoint)) return paths.checkpoint;
  throw new UserError(
    `${paths.folder} has no weights yet: no epoch was finished; continue it with \`segdec resume\`.`,
  );
}

/** Reads a safetensors file and says what network it is of. */
export async function readWeightsFile(path: string): Promise<StartingWeights> {
  const bytes = await readWhole(path);
  const { tensors } = decodeNamed(bytes, path);
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    network: identifyNetwork(tensors, path),
    weights: tensors,
  };
}

/** Reads the weights of a run folder or of a safetensors file. Throws a UserError for anything else. */
export async function readStartingWeights(from: string): Promise<StartingWeights> {
  const path = resolve(from);
  return await readWeightsFile((await isFolder(path)) ? await weightsFile(path) : path);
}
