/**
 * A process with one model loaded: scores the images that its parent asks for and ends with it. Whatever
 * happens to it costs the request that is under way and nothing else.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError, errorText } from '../../protocol/errors.ts';
import { mapSizeOf } from '../../protocol/mapGeometry.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { makeFolder } from '../files/atomicWrite.ts';
import { isCached, writeCacheFile } from '../files/cacheFile.ts';
import { encodeGreyPng } from '../files/png.ts';
import { faultOf } from './fault.ts';
import { mapBytes } from './heatmaps.ts';
import { inferenceOptionsSchema, inferenceRequestSchema } from './inferenceMessages.ts';
import type { InferenceOptions, InferenceReply, KeptPrediction } from './inferenceMessages.ts';
import { loadModel } from './model.ts';
import type { Model } from './model.ts';
import { realParts } from './parts.ts';
import { predictFiles } from './predict.ts';
import type { FilePrediction } from './predict.ts';
import type { PreparedImage } from './preparedSample.ts';
import { programPath } from './programs.ts';

type Maps = NonNullable<InferenceOptions['maps']>;

function tell(reply: InferenceReply): void {
  // Nobody hears: the channel may close while a word is on its way.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
}

/** Writes the heat map into the cache, named by image and weights. */
async function keepMap(
  file: string,
  map: Float32Array,
  { network }: Model,
  { folder, key }: Maps,
): Promise<string> {
  const { mtimeMs, size } = await stat(file);
  const name = createHash('sha256').update(JSON.stringify([key, file, mtimeMs, size]));
  const path = join(folder, `${name.digest('hex').slice(0, 40)}.png`);
  // The same weights give the same map: pictures that were made of it stay good.
  if (await isCached(path)) return path;
  const { width, height } = mapSizeOf(network);
  await writeCacheFile(path, await encodeGreyPng(mapBytes(map), width, height));
  return path;
}

async function kept(prediction: FilePrediction, model: Model, maps: Maps): Promise<KeptPrediction> {
  if ('error' in prediction) return prediction;
  const { file, score, defective, map } = prediction;
  const heatmap = await keepMap(file, map, model, maps);
  return { file, score, threshold: model.threshold.value, defective, heatmap };
}

/** Scores files and keeps their heat maps. */
async function predict(
  model: Model,
  reader: ImageReader,
  files: readonly string[],
  maps: Maps | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (maps === undefined) throw new Error('There is no folder for heat maps.');
  for await (const prediction of predictFiles(model, files, reader, signal)) {
    tell({ kind: 'prediction', prediction: await kept(prediction, model, maps) });
  }
  tell({ kind: 'done' });
}

/** Scores one image; what the runtime throws is the model's fault. */
async function score(model: Model, image: PreparedImage): Promise<void> {
  try {
    tell({ kind: 'scored', ...(await model.predict(image, 'the image')) });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const text = errorText(error).split('\n', 1)[0] ?? '';
    throw new UserError(`${model.path} cannot be run (${text.slice(0, 300)}); use another model.`, {
      cause: error,
    });
  }
}

async function main(argument: string | undefined): Promise<void> {
  const options = inferenceOptionsSchema.parse(JSON.parse(argument ?? 'null'));
  const { maps, limits } = options;
  process.on('disconnect', () => process.exit(0));
  // What a terminal sends to the whole group is for the parent to decide.
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  const guard = new Worker(programPath('processGuard'), {
    workerData: limits?.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes },
  });
  guard.unref();
  if (maps !== undefined) await makeFolder(maps.folder);
  const parts = await realParts();
  const model = await loadModel(options.model, parts, options);
  const reader = orientedReader(parts.createReader(), model.orientation);
  let stop = new AbortController();
  const answer = async (work: Promise<void>, { signal }: AbortController): Promise<void> => {
    try {
      await work;
    } catch (error) {
      tell({ kind: 'fault', fault: faultOf(error, signal.aborted) });
    }
  };
  process.on('message', (raw) => {
    const request = inferenceRequestSchema.parse(raw);
    if (request.kind === 'cancel') return stop.abort();
    stop = new AbortController();
    const work =
      request.kind === 'score'
        ? score(model, request)
        : predict(model, reader, request.files, maps, stop.signal);
    void answer(work, stop);
  });
  const { network, threshold, orientation, weightsEpoch } = model;
  const { channels, imageWidth, imageHeight } = network;
  const size = { channels, imageWidth, imageHeight };
  const facts = { network: size, threshold, orientation, weightsEpoch };
  tell({ kind: 'ready', facts });
}

try {
  await main(process.argv[2]);
} catch (error) {
  tell({ kind: 'fault', fault: faultOf(error, false) });
  setTimeout(() => process.exit(1), 100);
}
