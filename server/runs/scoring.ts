/** Scores of many images, one after the other, decoded ahead of the engine. */
import { AwayError, CancelledError } from '../../protocol/errors.ts';
import type { Engine, Prediction } from '../engines/engine.ts';
import { breathe, prefetch } from './prefetch.ts';
import { imageValues } from './preparedSample.ts';
import type { PreparedImage } from './preparedSample.ts';

/** Scores an image, of this name for people. */
export type Scorer = (image: PreparedImage, name: string) => Promise<Prediction>;

/** An engine in this process as what scores images. */
export function scorerOf(engine: Pick<Engine, 'predict'>): Scorer {
  return async (image) => {
    const [prediction] = await engine.predict([{ data: imageValues(image) }]);
    if (prediction === undefined) throw new Error('The engine gave nothing.');
    return prediction;
  };
}

export interface ScoringOptions {
  readonly predict: Scorer;
  /** What the image with this index is called. */
  readonly nameOf: (index: number) => string;
  /** The image with this index, or undefined if it cannot be used. */
  readonly load: (index: number) => Promise<PreparedImage | undefined>;
  /** True when the work was asked to stop. */
  readonly stopAsked: () => Promise<boolean>;
}

export interface Scored {
  readonly index: number;
  /** Undefined for an image that cannot be used. */
  readonly prediction: Prediction | undefined;
}

/** Images decoded ahead of the one that is scored. */
const ahead = 4;

/** The predictions of `indices` in their order; holds a few images at a time. Throws a CancelledError when asked to stop. */
export async function* score(
  indices: readonly number[],
  { predict, nameOf, load, stopAsked }: ScoringOptions,
): AsyncGenerator<Scored, void, undefined> {
  let position = 0;
  const loadOrStop = async (index: number): Promise<PreparedImage | undefined> => {
    try {
      return await load(index);
    } catch (error) {
      // Waiting for images that are away ends when the work is to stop.
      if (!(error instanceof AwayError) || !(await stopAsked())) throw error;
      throw new CancelledError('Stopped while scoring.', { cause: error });
    }
  };
  for await (const image of prefetch(indices, loadOrStop, ahead)) {
    if (await stopAsked()) throw new CancelledError('Stopped while scoring.');
    const index = indices[position] as number;
    position += 1;
    const prediction = image === undefined ? undefined : await predict(image, nameOf(index));
    yield { index, prediction };
    await breathe();
  }
}
