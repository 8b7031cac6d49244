/** A model in a process of its own, which ends when the model does wrong, and at once when the person says so. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defaultModelLimits, limitFlags, noModelLimits } from '../engines/onnx/walk/limits.ts';
import type { ModelLimits } from '../engines/onnx/walk/limits.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { Model } from './model.ts';
import { ModelProcess } from './modelProcess.ts';

export { noModelLimits };

export interface OpenModelOptions {
  readonly threads?: number;
  /** Budget from which a run's forms are chosen. */
  readonly memoryBytes?: number;
  /** In place of the usual ones: a file's 4 GiB and 120 s an image, a run folder's none. */
  readonly limits?: Partial<ModelLimits>;
  /** Ends the model; what is asked of it then fails with a CancelledError. */
  readonly signal?: AbortSignal | undefined;
}

const advice = {
  time: `allow more with ${limitFlags.seconds} if you trust it`,
  memory: `allow more with ${limitFlags.memoryBytes} if you trust it`,
};

/** Somebody trained a run at a size that they chose; a file may come from anywhere. */
async function usualLimits(path: string): Promise<ModelLimits> {
  try {
    return (await stat(path)).isDirectory() ? noModelLimits : defaultModelLimits;
  } catch (error) {
    // Whoever loads it says why it cannot be had.
    if (errorCode(error) === undefined) throw error;
    return defaultModelLimits;
  }
}

/**
 * Opens a run folder or an exported .onnx file.
 * @throws UserError for anything else, for what the file may not hold, and for what the model does
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<Model> {
  const { signal, limits: given, ...rest } = options;
  const absolute = resolve(path);
  const limits = { ...(await usualLimits(absolute)), ...given };
  const milliseconds = 1000 * limits.seconds;
  const process = new ModelProcess(
    { model: absolute, ...rest, limits },
    { load: milliseconds, image: milliseconds },
    () => undefined,
    advice,
  );
  const stop = (): void => process.kill();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  const dispose = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    await process.dispose();
  };
  try {
    const facts = await process.load();
    const predict: Model['predict'] = (image, name) => process.score(image, name);
    return { path: absolute, ...facts, predict, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
