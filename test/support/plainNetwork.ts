/** The method run by plain kernels of tfjs, against which graphs are compared. */
import '@tensorflow/tfjs-backend-cpu';
import type { NetworkSpec } from '../../protocol/run.ts';
import type { Weights } from '../../server/engines/engine.ts';
import { classify, segment } from '../../server/method/network.ts';
import * as tf from '../../server/method/tf.ts';

/** OIHW to the method's layouts: filters HWIO, FeatureNorm [1, 1, 1, C]. */
export function methodTensors(weights: Weights): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...weights].map(([name, { shape, data }]) => {
      if (name.startsWith('fc.')) return [name, tf.tensor(data, [...shape])];
      const four = tf.tensor(data, [...shape] as [number, number, number, number]);
      return [name, tf.transpose(four, name.endsWith('.weight') ? [2, 3, 1, 0] : [0, 2, 3, 1])];
    }),
  );
}

/** Planes [1, C, H, W] as [1, H, W, C]. */
export const nhwc = (data: Float32Array, c: number, h: number, w: number): tf.Tensor4D =>
  tf.transpose(tf.tensor4d(data, [1, c, h, w]), [0, 2, 3, 1]);

/** Probability and map of an image, planes [C, H, W] of values 0..1. */
export async function plainPrediction(
  spec: NetworkSpec,
  weights: Weights,
  data: Float32Array,
): Promise<{ probability: number; map: ArrayLike<number> }> {
  await tf.setBackend('cpu');
  const tensors = methodTensors(weights);
  const s = segment(nhwc(data, spec.channels, spec.imageHeight, spec.imageWidth), tensors, spec);
  const probability = tf.sigmoid(classify(s, tensors, spec)).dataSync()[0] ?? NaN;
  return { probability, map: tf.sigmoid(s.map).dataSync() };
}
