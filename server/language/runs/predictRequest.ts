/** Scoring files with a project's active run: what is named becomes images, what comes back gets its picture. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import type { FilePredictionResult } from '../../../protocol/runView.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { imageFiles } from '../../runs/imageFiles.ts';
import type { ImageInput } from '../../runs/imageFiles.ts';
import type { InferenceOptions, KeptPrediction } from '../../runs/inferenceMessages.ts';
import { keepPredictions } from '../../runs/keptPredictions.ts';
import type { RunPaths } from '../../runs/runFolder.ts';
import { FixableError } from '../door.ts';
import type { Call } from '../door.ts';
import type { Project } from '../project/project.ts';
import type { Workplace } from '../workplace.ts';
import type { Inference } from './inference.ts';
import { threadsOf } from './trainRequest.ts';

/** Longest side of the picture of a prediction, in pixels. */
const side = 1024;

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** A file that is not there comes through, to be reported like any unreadable image. */
async function inputOf(path: string): Promise<ImageInput> {
  if (!isAbsolute(path)) throw new UserError(`${path} is no absolute path; name the image by one.`);
  const isFolder = (await statIfThere(path))?.isDirectory() === true;
  return { kind: isFolder ? 'folder' : 'file', path };
}

async function imagesOf(named: readonly string[], signal: AbortSignal): Promise<string[]> {
  const inputs = await Promise.all(named.map(inputOf));
  const images: string[] = [];
  for await (const file of imageFiles(inputs, '/')) {
    signal.throwIfAborted();
    images.push(file);
  }
  return images;
}

/** Another word when the run has other weights or another threshold. */
async function weightsKey({ run, checkpoint, best, metrics }: RunPaths): Promise<string> {
  const stamps = await Promise.all([run, checkpoint, best, metrics].map(statIfThere));
  const text = JSON.stringify([run, stamps.map((one) => one && [one.mtimeMs, one.size, one.ino])]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function modelOf(
  { activeRun }: Project,
  { settings, pictures }: Workplace,
): Promise<InferenceOptions> {
  if (activeRun === undefined) {
    throw new FixableError('There is no trained run to predict with; train one first.', {
      title: 'Train',
      command: 'segdec.train',
    });
  }
  const threads = threadsOf(settings());
  return {
    model: activeRun.paths.folder,
    maps: { folder: pictures.mapsFolder, key: await weightsKey(activeRun.paths) },
    ...(threads === undefined ? {} : { threads }),
  };
}

/** What is asked for. */
interface Asked {
  readonly files: readonly string[];
  /** Names, scores and pictures are kept in the project. */
  readonly keep?: boolean | undefined;
}

/** Scores what is named, in its order. */
export async function predictNamed(
  project: Project,
  { files: named, keep = false }: Asked,
  { signal, progress }: Call,
  workplace: Workplace,
  inference: Inference,
): Promise<FilePredictionResult[]> {
  const { pictures, projects } = workplace;
  const model = await modelOf(project, workplace);
  const files = await imagesOf(named, signal);
  const results: Promise<FilePredictionResult>[] = [];
  const shown = async (prediction: KeptPrediction): Promise<FilePredictionResult> => {
    if ('error' in prediction) return prediction;
    const { file, heatmap, score, threshold, defective } = prediction;
    const known = projects.find(file);
    const overlay = await pictures.ofPrediction(file, heatmap, side, known, signal);
    if (overlay === undefined) return { file, error: `${file} cannot be drawn.` };
    return { file, score, threshold, defective, overlay };
  };
  const total = files.length;
  progress({ done: 0, total, message: 'Loading the model' });
  if (total > 0) {
    await inference.predict(model, files, signal, (prediction) => {
      const result = shown(prediction);
      // Awaited with all others; until then a failure is not unhandled.
      result.catch(() => undefined);
      results.push(result);
      progress({ done: results.length, total, message: `Scored ${results.length} of ${total}` });
    });
  }
  const predictions = await Promise.all(results);
  const { activeRun, home } = project;
  if (!keep || activeRun === undefined || predictions.length === 0) return predictions;
  progress({ done: total, total, message: 'Keeping names, scores and heat maps' });
  return await keepPredictions(home, { run: activeRun.name, predictions });
}
