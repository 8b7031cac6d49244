/** The method as traces: the training steps and inference, with the names of the graph's inputs and outputs. */
import * as tf from '../../../method/tf.ts';
import type { NetworkSpec } from '../../../../protocol/run.ts';
import { classify, segment, tensorShapes, type WeightTensors } from '../../../method/network.ts';
import { trainingStep, updated, type StepKind } from '../../../method/step.ts';
import type { Trace } from './trace.ts';
import { trace, type Placeholder } from './traceBackend.ts';

/** Graph inputs of a step beside the weights, which go by the authors' names. */
export const STEP_INPUTS = {
  image: 'image',
  target: 'target',
  weight: 'weight',
  classTarget: 'classTarget',
  segmentationFactor: 'segmentationFactor',
  classificationFactor: 'classificationFactor',
  learningRate: 'learningRate',
} as const;
/** Prefix of the outputs that replace a weight, or hold its gradient. */
export const UPDATED = 'updated/';
export const GRADIENT = 'gradient/';

/** Placeholders for all weights: convolutions as HWIO filters, FeatureNorm as [1, 1, 1, C]. */
function weightPlaceholders(placeholder: Placeholder, spec: NetworkSpec): WeightTensors {
  const weights: Record<string, tf.Tensor> = {};
  for (const [name, shape] of tensorShapes(spec)) {
    const [a = 1, b = 1, h = 1, w = 1] = shape;
    if (name.startsWith('fc.')) weights[name] = placeholder(name, shape);
    else if (name.endsWith('.weight')) weights[name] = placeholder(name, [h, w, b, a], 'filter');
    else weights[name] = placeholder(name, [1, 1, 1, b], 'activation');
  }
  return weights;
}

function imagePlaceholder(placeholder: Placeholder, spec: NetworkSpec): tf.Tensor4D {
  return placeholder(STEP_INPUTS.image, [
    1,
    spec.imageHeight,
    spec.imageWidth,
    spec.channels,
  ]) as tf.Tensor4D;
}

/**
 * A training step. `update`: the outputs are the new weights; `gradients`: the gradients, for batches and
 * for comparisons. Outputs `segmentation`, `classification` (losses), `map`, `logit`, and one a tensor.
 */
export function traceStep(
  spec: NetworkSpec,
  kind: StepKind,
  result: 'update' | 'gradients',
): Trace {
  return trace((placeholder) => {
    const weights = weightPlaceholders(placeholder, spec);
    const map = [1, spec.imageHeight / 8, spec.imageWidth / 8, 1];
    const scalar = (name: string): tf.Scalar => placeholder(name, []) as tf.Scalar;
    const { gradients, ...values } = trainingStep(
      kind,
      {
        image: imagePlaceholder(placeholder, spec),
        target: placeholder(STEP_INPUTS.target, map) as tf.Tensor4D,
        weight: placeholder(STEP_INPUTS.weight, map) as tf.Tensor4D,
        classTarget: placeholder(STEP_INPUTS.classTarget, [1]) as tf.Tensor1D,
        segmentationFactor: scalar(STEP_INPUTS.segmentationFactor),
        classificationFactor: scalar(STEP_INPUTS.classificationFactor),
      },
      weights,
      spec,
    );
    const outputs: Record<string, tf.Tensor> = { ...values };
    const learningRate = result === 'update' ? scalar(STEP_INPUTS.learningRate) : undefined;
    for (const [name, gradient] of Object.entries(gradients)) {
      if (learningRate === undefined) outputs[GRADIENT + name] = gradient;
      else outputs[UPDATED + name] = updated(weights[name] as tf.Tensor, gradient, learningRate);
    }
    return outputs;
  });
}

/** Inference: outputs `probability` [N] and `map` [N, H/8, W/8, 1], both after the sigmoid. `scale` multiplies the image first. */
export function traceInference(spec: NetworkSpec, scale = 1): Trace {
  return trace((placeholder) => {
    const weights = weightPlaceholders(placeholder, spec);
    const image = imagePlaceholder(placeholder, spec);
    const s = segment(scale === 1 ? image : image.mul(scale), weights, spec);
    return {
      probability: tf.sigmoid(classify(s, weights, spec)),
      map: tf.sigmoid(s.map),
    };
  });
}
