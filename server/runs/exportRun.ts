/** Shipping a run: as an ONNX file that is scored again before it counts, or as safetensors. */
import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { UserError, CancelledError } from '../../protocol/errors.ts';
import type { NetworkSpec, ShippedThreshold } from '../../protocol/run.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { assertOutputFile } from '../data/outputFile.ts';
import { fileError, removeFile, writeFileWhole } from '../files/atomicWrite.ts';
import { realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import { shippedThreshold } from './keptThreshold.ts';
import type { Model } from './model.ts';
import { mapMetadata, onnxMetadata } from './modelMetadata.ts';
import { noModelLimits, openModel } from './openModel.ts';
import { realParts } from './parts.ts';
import type { RunParts } from './parts.ts';
import { prepareImage } from './preparedSample.ts';
import type { PreparedImage } from './preparedSample.ts';
import { pythonScript } from './pythonScript.ts';
import { reopenData } from './reopen.ts';
import type { RunHooks } from './request.ts';
import { readRunFile, readTrainedRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { assertFolderOf, runPaths } from './runFolder.ts';
import { labelledOf } from './splits.ts';
import { readRunWeights } from './startingWeights.ts';
import { segdecVersion } from './version.ts';

/** Images that an exported file is scored on again. */
const mostChecked = 20;
/** Largest differences between the file and the engine that still count as the same model. */
const scoreTolerance = 1e-4;
const mapTolerance = 1e-3;

export interface ExportedModel {
  readonly file: string;
  readonly run: string;
  readonly shippedThreshold: ShippedThreshold;
  /** Images scored again from the file, and the largest difference; 0 images for safetensors. */
  readonly checkedImages: number;
  readonly checkedOn: 'validation' | 'train' | 'generated' | 'nothing';
  readonly largestScoreDifference: number;
  readonly largestMapDifference: number;
}

interface CheckImages {
  readonly on: 'validation' | 'train' | 'generated';
  readonly images: readonly PreparedImage[];
}

/** Waves of several lengths: where the run's own images are gone, something to compare on. */
function generatedImages({ imageWidth, imageHeight, channels }: NetworkSpec): PreparedImage[] {
  const pixels = imageWidth * imageHeight;
  return Array.from({ length: 4 }, (_, picture) => ({
    maximum: 255,
    pixels: Uint8Array.from({ length: channels * pixels }, (__, i) => {
      const [x, y] = [i % imageWidth, Math.floor((i % pixels) / imageWidth)];
      const wave = Math.sin((x * (picture + 1)) / 9) * Math.cos((y * (picture + 2)) / 13);
      return Math.round(127 + 90 * wave + 30 * Math.sin((x * y) / 97 + picture));
    }),
  }));
}

/** Up to 20 images of the run: of its validation split, else of train; spread over the split. */
async function checkImages(
  run: RunFile,
  folder: string,
  parts: RunParts,
  reader: ImageReader,
  signal: AbortSignal | undefined,
): Promise<CheckImages> {
  if (run.kind === 'import') return { on: 'generated', images: generatedImages(run.network) };
  let data;
  try {
    const trained = await readTrainedRunFile(runPaths(folder).run);
    data = await reopenData(trained, folder, parts, reader, signal === undefined ? {} : { signal });
  } catch (error) {
    // The dataset has gone its own way; the model can still be compared on other pictures.
    if (!(error instanceof UserError)) throw error;
    return { on: 'generated', images: generatedImages(run.network) };
  }
  const { samples, dataset } = data;
  const validation = labelledOf(samples, 'val');
  const chosen = validation.length > 0 ? validation : labelledOf(samples, 'train');
  const stride = Math.max(1, Math.floor(chosen.length / mostChecked));
  const images: PreparedImage[] = [];
  for (const { image } of chosen.filter((_, i) => i % stride === 0).slice(0, mostChecked)) {
    try {
      const oriented = orientedReader(reader, run.dataset?.orientation);
      images.push(await prepareImage(oriented, join(dataset.root, image), run.network));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  if (images.length === 0) return { on: 'generated', images: generatedImages(run.network) };
  return { on: validation.length > 0 ? 'validation' : 'train', images };
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

/** Scores the images with both; throws a UserError if they differ by more than rounding. */
async function compare(
  model: Model,
  folder: string,
  { images }: CheckImages,
  signal: AbortSignal | undefined,
) {
  const ofRun = await openModel(folder, { signal });
  let [score, map] = [0, 0];
  try {
    for (const [i, image] of images.entries()) {
      if (signal?.aborted === true) throw new CancelledError('Stopped while exporting.');
      const name = `image ${i + 1} of ${images.length}`;
      const expected = await ofRun.predict(image, name);
      const got = await model.predict(image, name);
      score = Math.max(score, Math.abs(got.probability - expected.probability));
      map = Math.max(map, largestDifference(expected.map, got.map));
    }
  } finally {
    await ofRun.dispose();
  }
  if (score <= scoreTolerance && map <= mapTolerance) return { score, map };
  throw new UserError(
    `The exported model gives other scores than the run (by up to ${score.toExponential(1)}, maps ${map.toExponential(1)}), so it was not kept; please report this with \`segdec doctor\`.`,
  );
}

/** A temporary name beside the target that still ends in .onnx. */
const unchecked = (target: string): string =>
  join(dirname(target), `.segdec-${randomBytes(8).toString('hex')}.onnx`);

async function renamed(from: string, to: string, fs: FileSystem): Promise<void> {
  try {
    await fs.rename(from, to);
  } catch (error) {
    throw fileError(error, to);
  }
}

/**
 * Writes the run's model as ONNX: first to a temporary file, which is opened and scored on images of the
 * run, and gets its name only when scores and maps agree. Throws a UserError when they do not.
 */
export async function exportRunAsOnnx(
  runFolder: string,
  file: string,
  hooks: RunHooks = {},
): Promise<ExportedModel> {
  const { fs = realFileSystem, signal } = hooks;
  const folder = resolve(runFolder);
  const target = resolve(file);
  await assertOutputFile(target, [], folder);
  const run = await readRunFile(runPaths(folder).run);
  const threshold = await shippedThreshold(folder, run);
  const { exportOnnx } = await import('../engines/onnx/exportModel.ts');
  const parts = hooks.parts ?? (await realParts());
  const { weights } = await readRunWeights(folder, run);
  const bytes = exportOnnx(run.network, weights, onnxMetadata(run, threshold));
  await assertFolderOf(target);
  const temporary = unchecked(target);
  const reader = parts.createReader();
  try {
    await writeFileWhole(temporary, bytes, fs);
    const images = await checkImages(run, folder, parts, reader, signal);
    // The size was chosen by whoever trained the run.
    const model = await openModel(temporary, { limits: noModelLimits, signal });
    try {
      const { score, map } = await compare(model, folder, images, signal);
      await renamed(temporary, target, fs);
      return {
        file: target,
        run: folder,
        shippedThreshold: threshold,
        checkedImages: images.images.length,
        checkedOn: images.on,
        largestScoreDifference: score,
        largestMapDifference: map,
      };
    } finally {
      await model.dispose();
    }
  } finally {
    await reader.dispose();
    await removeFile(temporary, fs);
  }
}

/** Writes the script that scores images with an exported model in Python. */
export async function writePythonScript(
  runFolder: string,
  file: string,
  { fs = realFileSystem }: RunHooks = {},
): Promise<void> {
  const target = resolve(file);
  await assertOutputFile(target, [], resolve(runFolder));
  await writeFileWhole(target, Buffer.from(pythonScript), fs);
}

/** Writes the run's weights by the authors' names, with the network and threshold in the metadata. */
export async function exportRunAsSafetensors(
  runFolder: string,
  file: string,
  { fs = realFileSystem }: RunHooks = {},
): Promise<ExportedModel> {
  const folder = resolve(runFolder);
  const target = resolve(file);
  await assertOutputFile(target, [], folder);
  const run = await readRunFile(runPaths(folder).run);
  const threshold = await shippedThreshold(folder, run);
  const { weights } = await readRunWeights(folder, run);
  const metadata = {
    format: 'segdec-weights',
    writtenBy: segdecVersion,
    network: JSON.stringify(run.network),
    threshold: String(threshold.value),
    ...mapMetadata,
  };
  await writeFileWhole(target, encodeSafetensors(weights, metadata), fs);
  return {
    file: target,
    run: folder,
    shippedThreshold: threshold,
    checkedImages: 0,
    checkedOn: 'nothing',
    largestScoreDifference: 0,
    largestMapDifference: 0,
  };
}
