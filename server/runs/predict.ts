/** Predictions for any images, one after the other, as they come. */
import { AwayError, CancelledError, UserError } from '../../protocol/errors.ts';
import { isDefective } from '../../protocol/outcome.ts';
import type { ImageNote, ImageReader } from '../data/images/reader.ts';
import type { Model } from './model.ts';
import { breathe, prefetch } from './prefetch.ts';
import { prepareImage } from './preparedSample.ts';
import type { ReadImage } from './preparedSample.ts';

/** Images decoded ahead of the one that is scored. */
const ahead = 4;

export type FilePrediction =
  | {
      readonly file: string;
      /** Probability 0..1. */
      readonly score: number;
      /** Score at or above the model's threshold. */
      readonly defective: boolean;
      /** Probabilities at H/8 x W/8, row-major. */
      readonly map: Float32Array;
      readonly notes: readonly ImageNote[];
    }
  | { readonly file: string; readonly error: string };

interface Loaded {
  readonly file: string;
  readonly image: ReadImage | string;
}

/**
 * Predicts `files` in their order, holding a few images at a time. An image that cannot be read costs
 * its own prediction and nothing else. Throws a CancelledError when the signal is aborted.
 */
export async function* predictFiles(
  model: Model,
  files: Iterable<string> | AsyncIterable<string>,
  reader: ImageReader,
  signal?: AbortSignal,
): AsyncGenerator<FilePrediction, void, undefined> {
  const load = async (file: string): Promise<Loaded> => {
    try {
      return { file, image: await prepareImage(reader, file, model.network) };
    } catch (error) {
      if (!(error instanceof UserError || error instanceof AwayError)) throw error;
      return { file, image: error.message };
    }
  };
  for await (const { file, image } of prefetch(files, load, ahead)) {
    if (signal?.aborted === true) throw new CancelledError('Stopped while predicting.');
    if (typeof image === 'string') {
      yield { file, error: image };
      continue;
    }
    const { probability, map } = await model.predict(image, file);
    yield {
      file,
      score: probability,
      defective: isDefective(probability, model.threshold.value),
      map,
      notes: image.notes,
    };
    await breathe();
  }
}
