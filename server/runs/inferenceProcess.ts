/**
 * A kept process with one model loaded: scores the files that its parent asks for and ends with it. Whatever
 * happens to it costs the request that is under way and nothing else.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/atomicWrite.ts';
import { isCached, writeCacheFile } from '../files/cacheFile.ts';
import { encodeGreyPng } from '../files/png.ts';
import { faultOf } from './fault.ts';
import { mapBytes } from './heatmaps.ts';
import { inferenceOptionsSchema, inferenceRequestSchema } from './inferenceMessages.ts';
import type { InferenceOptions, InferenceReply, KeptPrediction } from './inferenceMessages.ts';
import { openModel } from './model.ts';
import type { Model } from './model.ts';
import { realParts } from './parts.ts';
import { predictFiles } from './predict.ts';
import type { FilePrediction } from './predict.ts';

function tell(reply: InferenceReply): void {
  // Nobody hears: the channel may close while a word is on its way.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
}

/** Writes the heat map into the cache, named by image and weights. */
async function keepMap(
  file: string,
  map: Float32Array,
  { network }: Model,
  { maps, key }: InferenceOptions,
): Promise<string> {
  const { mtimeMs, size } = await stat(file);
  const name = createHash('sha256').update(JSON.stringify([key, file, mtimeMs, size]));
  const path = join(maps, `${name.digest('hex').slice(0, 40)}.png`);
  // The same weights give the same map: pictures that were made of it stay good.
  if (await isCached(path)) return path;
  const [width, height] = [network.imageWidth / 8, network.imageHeight / 8];
  await writeCacheFile(path, await encodeGreyPng(mapBytes(map), width, height));
  return path;
}

async function kept(
  prediction: FilePrediction,
  model: Model,
  options: InferenceOptions,
): Promise<KeptPrediction> {
  if ('error' in prediction) return prediction;
  const { file, score, defective, map } = prediction;
  const heatmap = await keepMap(file, map, model, options);
  return { file, score, threshold: model.threshold.value, defective, heatmap };
}

async function main(argument: string | undefined): Promise<void> {
  const options = inferenceOptionsSchema.parse(JSON.parse(argument ?? 'null'));
  process.on('disconnect', () => process.exit(0));
  // What a terminal sends to the whole group is for the parent to decide.
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  await makeFolder(options.maps);
  const parts = await realParts();
  const reader = parts.createReader();
  const { model: path, threads } = options;
  const model = await openModel(path, parts, threads === undefined ? {} : { threads });
  let stop = new AbortController();
  const predict = async (files: readonly string[], signal: AbortSignal): Promise<void> => {
    try {
      for await (const prediction of predictFiles(model, files, reader, signal)) {
        tell({ kind: 'prediction', prediction: await kept(prediction, model, options) });
      }
      tell({ kind: 'done' });
    } catch (error) {
      tell({ kind: 'fault', fault: faultOf(error, signal.aborted) });
    }
  };
  process.on('message', (raw) => {
    const request = inferenceRequestSchema.parse(raw);
    if (request.kind === 'cancel') stop.abort();
    else {
      stop = new AbortController();
      void predict(request.files, stop.signal);
    }
  });
  tell({ kind: 'ready' });
}

try {
  await main(process.argv[2]);
} catch (error) {
  tell({ kind: 'fault', fault: faultOf(error, false) });
  setTimeout(() => process.exit(1), 100);
}
