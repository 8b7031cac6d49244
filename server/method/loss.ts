/** The losses (docs/method.md, "Losses", Equations 1–5 of the paper). */
import * as tf from './tf.ts';

/** Binary cross-entropy with logits: softplus(z) − z·t, element by element. */
function crossEntropyWithLogits(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  return tf.softplus(logits).sub(logits.mul(target));
}

/**
 * L_seg: cross-entropy between S_h and the target map, times the weight map, averaged over all pixels of
 * the map (Eq. 3), ignored ones included. All three: [N, H/8, W/8, 1].
 */
export function segmentationLoss(map: tf.Tensor, target: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return crossEntropyWithLogits(map, target).mul(weight).sum().div(map.size);
}

/** L_cls: cross-entropy between C_p (a logit, [N]) and y ([N], 0..1). */
export function classificationLoss(logit: tf.Tensor, y: tf.Tensor): tf.Scalar {
  return crossEntropyWithLogits(logit, y).sum().div(logit.size);
}

/** `L = segmentation · L_seg + classification · L_cls`, the factors being λγ and (1 − λ)δ (Eq. 1). */
export function totalLoss(
  losses: { readonly segmentation: tf.Scalar; readonly classification: tf.Scalar },
  factors: { readonly segmentation: tf.Scalar; readonly classification: tf.Scalar },
): tf.Scalar {
  return losses.segmentation
    .mul(factors.segmentation)
    .add(losses.classification.mul(factors.classification));
}
