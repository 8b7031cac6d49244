/**
 * A training step on one sample: losses and gradients (docs/method.md, "Losses").
 *
 * tfjs-core has no stop-gradient, so the stop is made by differentiating twice: the segmentation loss
 * with respect to the segmentation sub-network, then the classification loss with respect to the
 * classification sub-network alone, on features that are constants to it.
 */
import * as tf from './tf.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import { classificationLoss, segmentationLoss, totalLoss } from './loss.ts';
import {
  classify,
  isClassificationTensor,
  segment,
  type Segmentation,
  type WeightTensors,
} from './network.ts';

export interface StepInputs {
  /** [1, H, W, C], 0..1. */
  readonly image: tf.Tensor4D;
  /** Target and weight map, [1, H/8, W/8, 1]. */
  readonly target: tf.Tensor4D;
  readonly weight: tf.Tensor4D;
  /** y, [1]. */
  readonly classTarget: tf.Tensor1D;
  /** λγ and (1 − λ)δ. */
  readonly segmentationFactor: tf.Scalar;
  readonly classificationFactor: tf.Scalar;
}

export interface StepResult {
  /** L_seg before its factor. */
  readonly segmentation: tf.Scalar;
  /** L_cls before its factor. */
  readonly classification: tf.Scalar;
  /** S_h and C_p, for comparisons. */
  readonly map: tf.Tensor4D;
  readonly logit: tf.Tensor1D;
  /** Gradient of the total loss by tensor name; tensors that this step leaves alone are absent. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/** `stopped`: gradient stop on. `flowing`: off. `weak`: a positive without a mask, stop on: γ = 0, so only the classification sub-network learns. */
export type StepKind = 'stopped' | 'flowing' | 'weak';

type Gradients = Record<string, tf.Tensor>;

/** Value and gradients of `loss` with respect to the named weights. */
function gradientsOf(
  names: readonly string[],
  weights: WeightTensors,
  loss: (weights: WeightTensors) => tf.Scalar,
): Gradients {
  const values = names.map((name) => weights[name] as tf.Tensor);
  const { grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => {
    return loss({
      ...weights,
      ...Object.fromEntries(names.map((n, i) => [n, xs[i] as tf.Tensor])),
    });
  })(values);
  return Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor]));
}

/** Losses and gradients of one sample. Everything returned outlives an enclosing tape; the caller tidies. */
export function trainingStep(
  kind: StepKind,
  inputs: StepInputs,
  weights: WeightTensors,
  spec: NetworkSpec,
): StepResult {
  const names = Object.keys(weights);
  const classification = names.filter(isClassificationTensor);
  const kept: { -readonly [K in Exclude<keyof StepResult, 'gradients'>]?: StepResult[K] } = {};
  const keep = <T extends tf.Tensor>(t: T): T => tf.keep(t);

  const segmentationOf = (w: WeightTensors): Segmentation => {
    const s = segment(inputs.image, w, spec);
    kept.map = keep(s.map);
    kept.segmentation = keep(segmentationLoss(s.map, inputs.target, inputs.weight));
    return { features: keep(s.features), map: s.map };
  };
  const classificationOf = (s: Segmentation, w: WeightTensors): tf.Scalar => {
    kept.logit = keep(classify(s, w, spec));
    kept.classification = keep(classificationLoss(kept.logit, inputs.classTarget));
    return kept.classification;
  };

  let gradients: Gradients;
  if (kind === 'flowing') {
    gradients = gradientsOf(names, weights, (w) => {
      const s = segmentationOf(w);
      return totalLoss(
        { segmentation: kept.segmentation as tf.Scalar, classification: classificationOf(s, w) },
        { segmentation: inputs.segmentationFactor, classification: inputs.classificationFactor },
      );
    });
  } else {
    let s: Segmentation | undefined;
    const segmentation: Gradients =
      kind === 'weak'
        ? {}
        : gradientsOf(
            names.filter((n) => !isClassificationTensor(n)),
            weights,
            (w) => {
              s = segmentationOf(w);
              return (kept.segmentation as tf.Scalar).mul(inputs.segmentationFactor);
            },
          );
    const stopped = s ?? segmentationOf(weights);
    gradients = {
      ...segmentation,
      ...gradientsOf(classification, weights, (w) =>
        classificationOf(stopped, w).mul(inputs.classificationFactor),
      ),
    };
  }
  return { ...(kept as Omit<StepResult, 'gradients'>), gradients };
}

/** Plain SGD: w − η·g, no momentum, no weight decay. */
export function updated(
  weight: tf.Tensor,
  gradient: tf.Tensor,
  learningRate: tf.Scalar,
): tf.Tensor {
  return weight.sub(gradient.mul(learningRate));
}
