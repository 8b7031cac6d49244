/** A model to predict with: a run's weights or an exported ONNX file, behind one small interface. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { mostBytes } from '../../protocol/files/readLimited.ts';
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec, ShippedThreshold } from '../../protocol/run.ts';
import type { Engine, Prediction } from '../engines/engine.ts';
import { errorCode } from '../files/fileSystem.ts';
import { readWhole } from '../files/readWhole.ts';
import { defaultMemoryBytes, defaultThreads, defaultThreshold } from './defaults.ts';
import { shippedThreshold } from './keptThreshold.ts';
import type { RunParts } from './parts.ts';
import { imageValues } from './preparedSample.ts';
import type { PreparedImage } from './preparedSample.ts';
import { readRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';
import { readRunWeights } from './startingWeights.ts';

export interface ModelOptions {
  readonly threads?: number;
  readonly memoryBytes?: number;
}

export interface Model {
  /** The run folder or file, absolute. */
  readonly path: string;
  readonly network: Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;
  readonly threshold: ShippedThreshold;
  predict(image: PreparedImage): Promise<Prediction>;
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
    inferenceOnly: true,
  });
  return { engine, weightsEpoch: state.epoch };
}

async function openRun(folder: string, parts: RunParts, options: ModelOptions): Promise<Model> {
  const run = await readRunFile(runPaths(folder).run);
  const threshold = await shippedThreshold(folder, run);
  const { engine } = await openRunEngine(folder, run, parts, options);
  return {
    path: folder,
    network: run.network,
    threshold,
    predict: async (image) => {
      const [prediction] = await engine.predict([{ data: imageValues(image) }]);
      if (prediction === undefined) throw new Error('The engine gave nothing.');
      return prediction;
    },
    dispose: () => engine.dispose(),
  };
}

/** Values 0..255, as an exported model takes them. */
function modelValues(image: PreparedImage): Float32Array {
  return Float32Array.from(image.pixels, (value) => (value * 255) / image.maximum);
}

function thresholdInFile(metadata: Readonly<Record<string, string>>): ShippedThreshold {
  const value = Number(metadata['segdec.threshold'] ?? Number.NaN);
  const from = metadata['segdec.threshold_from'];
  if (!Number.isFinite(value)) return defaultThreshold;
  const known = (['validation', 'train', 'default'] as const).find((name) => name === from);
  return { value, from: known ?? 'user' };
}

async function openFile(path: string, options: ModelOptions): Promise<Model> {
  const { openOnnxModel } = await import('../engines/onnx/exportModel.ts');
  const model = await openOnnxModel(
    await readWhole(path, mostBytes.model),
    options.threads ?? defaultThreads(),
  );
  return {
    path,
    network: model.network,
    threshold: thresholdInFile(model.metadata),
    predict: async (image) => {
      const [prediction] = await model.predict([modelValues(image)]);
      if (prediction === undefined) throw new Error('The model gave nothing.');
      return prediction;
    },
    dispose: () => model.dispose(),
  };
}

/** Opens a run folder or an exported .onnx file. Throws a UserError for anything else. */
export async function openModel(
  path: string,
  parts: RunParts,
  options: ModelOptions = {},
): Promise<Model> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    return found.isDirectory()
      ? await openRun(absolute, parts, options)
      : await openFile(absolute, options);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`There is nothing at ${absolute}; name a run folder or a .onnx file.`, {
      cause: error,
    });
  }
}
