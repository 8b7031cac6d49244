/**
 * The exported model (docs/architecture.md): one file in standard ONNX operators, every form direct, with a
 * free batch axis. Input `image` [N, C, H, W], 0..255; outputs `probability` [N] and `map` [N, 1, H/8, W/8].
 * Reading one back walks it first: a model is a program, and only the few harmless ones are run.
 */
import type { NetworkSpec } from '../../../protocol/run.ts';
import { UserError, errorText } from '../../../protocol/errors.ts';
import { checkedPrediction } from '../checkedPrediction.ts';
import type { Prediction, Weights } from '../engine.ts';
import { emitModel } from './emitter.ts';
import { directForms } from './forms.ts';
import { GraphSession } from './session.ts';
import { traceInference } from './trace/methodTraces.ts';
import { defaultModelLimits, type ModelLimits } from './walk/limits.ts';
import { walkModel } from './walk/walkModel.ts';

/** The bytes of the model file. `metadata` become its metadata_props, as they are. */
export function exportOnnx(
  network: NetworkSpec,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  return emitModel(traceInference(network, 1 / 255), {
    forms: directForms(network),
    constants: new Map([...weights].map(([name, { data }]) => [name, data])),
    dynamicBatch: true,
    metadata,
  });
}

/** An exported model, ready to use. */
export interface OnnxModel {
  readonly network: Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One prediction an image; planes [C, H, W], values 0..255. Throws an UnusablePrediction for outputs that are none. */
  predict(images: readonly Float32Array[]): Promise<Prediction[]>;
  dispose(): Promise<void>;
}

/**
 * Loads an exported model.
 * @throws UserError when the file is not one, or holds anything that a SegDec model does not need
 */
export async function openOnnxModel(
  bytes: Uint8Array,
  threads: number,
  limits: ModelLimits = defaultModelLimits,
): Promise<OnnxModel> {
  const { network, metadata, bytes: checked } = walkModel(bytes, limits);
  const session = await load(checked, threads);
  const shape = [1, network.channels, network.imageHeight, network.imageWidth];
  const mapLength = (network.imageHeight / 8) * (network.imageWidth / 8);
  return {
    network,
    metadata,
    dispose: () => session.dispose(),
    predict: async (images) => {
      const predictions: Prediction[] = [];
      for (const data of images) {
        const { probability, map } = await session.run({ image: { data, shape } });
        predictions.push(checkedPrediction({ probability, map }, mapLength, 'The model'));
      }
      return predictions;
    },
  };
}

async function load(bytes: Uint8Array, threads: number): Promise<GraphSession> {
  try {
    return await GraphSession.create(bytes, { threads, constantWeights: true });
  } catch (error) {
    throw new UserError(`The model is damaged: the runtime cannot load it (${errorText(error)}).`, {
      cause: error,
    });
  }
}
