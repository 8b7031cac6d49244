/**
 * A model to predict with: a run's weights or an exported ONNX file, behind one small interface, and loaded
 * into this process. Whoever answers to people runs it in a process of its own instead (openModel.ts).
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Orientation } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec, ShippedThreshold } from '../../protocol/run.ts';
import type { Engine } from '../engines/engine.ts';
import { defaultModelLimits, largestModelFile } from '../engines/onnx/walk/limits.ts';
import type { ModelLimits } from '../engines/onnx/walk/limits.ts';
import { errorCode } from '../files/fileSystem.ts';
import { readWhole } from '../files/readWhole.ts';
import { defaultMemoryBytes, defaultThreads } from './defaults.ts';
import { shippedThreshold } from './keptThreshold.ts';
import { checkedMetadata, checkedOrientation, naming } from './modelMetadata.ts';
import type { RunParts } from './parts.ts';
import type { PreparedImage } from './preparedSample.ts';
import { readRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';
import { scorerOf } from './scoring.ts';
import type { Scorer } from './scoring.ts';
import { readRunWeights } from './startingWeights.ts';

export interface ModelOptions {
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** What a file may cost; a run's network has no limits. */
  readonly limits?: ModelLimits;
}

export interface Model {
  /** The run folder or file, absolute. */
  readonly path: string;
  readonly network: Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;
  readonly threshold: ShippedThreshold;
  /** How images are to lie. */
  readonly orientation: Orientation;
  /** The epochs that its weights were trained for; null for a file, which does not say. */
  readonly weightsEpoch: number | null;
  /** Throws a UserError for what is the model's fault. */
  readonly predict: Scorer;
  dispose(): Promise<void>;
}

/** An inference engine with the weights that a run stands for, and the epochs these were trained for. */
export async function openRunEngine(
  folder: string,
  run: RunFile,
  parts: RunParts,
  options: ModelOptions = {},
): Promise<{ readonly engine: Engine; readonly weightsEpoch: number }> {
  const { weights, state } = await readRunWeights(folder, run);
  const engine = await parts.createEngine({
    engine: run.engine?.name ?? 'onnx',
    device: run.engine?.requestedDevice ?? 'auto',
    threads: options.threads ?? defaultThreads(),
    memoryBytes: options.memoryBytes ?? run.engine?.memoryBytes ?? defaultMemoryBytes,
    network: run.network,
    weights,
    source: folder,
    inferenceOnly: true,
  });
  return { engine, weightsEpoch: state.epoch };
}

async function openRun(folder: string, parts: RunParts, options: ModelOptions): Promise<Model> {
  const run = await readRunFile(runPaths(folder).run);
  const threshold = await shippedThreshold(folder, run);
  const { engine, weightsEpoch } = await openRunEngine(folder, run, parts, options);
  return {
    path: folder,
    network: run.network,
    threshold,
    orientation: run.dataset?.orientation ?? 'exif',
    weightsEpoch,
    predict: scorerOf(engine),
    dispose: () => engine.dispose(),
  };
}

/** Values 0..255, as an exported model takes them. */
function modelValues(image: PreparedImage): Float32Array {
  return Float32Array.from(image.pixels, (value) => (value * 255) / image.maximum);
}

async function openFile(path: string, options: ModelOptions): Promise<Model> {
  const { openOnnxModel } = await import('../engines/onnx/exportModel.ts');
  const threads = options.threads ?? defaultThreads();
  const bytes = await readWhole(path, largestModelFile);
  const model = await naming(path, () =>
    openOnnxModel(bytes, threads, options.limits ?? defaultModelLimits),
  );
  const dispose = (): Promise<void> => model.dispose();
  try {
    const threshold = await naming(path, () => checkedMetadata(model));
    const orientation = await naming(path, () => checkedOrientation(model.metadata));
    const predict: Scorer = (image) =>
      naming(path, async () => {
        const [prediction] = await model.predict([modelValues(image)]);
        if (prediction === undefined) throw new Error('The model gave nothing.');
        return prediction;
      });
    const { network } = model;
    return { path, network, threshold, orientation, weightsEpoch: null, predict, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A device or pipe has no end, and a large file is no model. */
function assertModelFile(path: string, found: Stats): void {
  const reason = !found.isFile()
    ? 'it is neither a file nor a folder'
    : found.size > largestModelFile
      ? 'it is larger than 1 GiB'
      : undefined;
  if (reason === undefined) return;
  throw new UserError(`${path} is refused: ${reason}; name a run folder or a .onnx file.`);
}

/** Loads a run folder or an exported .onnx file. Throws a UserError for anything else. */
export async function loadModel(
  path: string,
  parts: RunParts,
  options: ModelOptions = {},
): Promise<Model> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    if (found.isDirectory()) return await openRun(absolute, parts, options);
    assertModelFile(absolute, found);
    return await openFile(absolute, options);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`There is nothing at ${absolute}; name a run folder or a .onnx file.`, {
      cause: error,
    });
  }
}
