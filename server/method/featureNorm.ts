/**
 * FeatureNorm (docs/method.md, "Network"): per sample and channel over height and width,
 * `y = scale · (x − mean) / sqrt(std + 0.001) + bias`, std unbiased (n − 1). It is the square root of the
 * standard deviation, as the released program computes it, in training and inference alike.
 */
import * as tf from './tf.ts';

const EPSILON = 1e-3;
/** Keeps the gradient finite where a channel is dead: there x − mean is 0, so the quotient is 0, not NaN. */
const TINY = 1e-20;
const SPACE = [1, 2];

/**
 * One operation with a gradient of its own: automatic differentiation of its parts would make several times
 * as many passes over the data. `x`: [N, h, w, C]; `scale`, `bias`: [1, 1, 1, C]. Needs h · w ≥ 2.
 */
export function featureNorm(x: tf.Tensor4D, scale: tf.Tensor4D, bias: tf.Tensor4D): tf.Tensor4D {
  const n = x.shape[1] * x.shape[2];
  const operation = tf.customGrad((xIn, scaleIn, biasIn, save) => {
    const [z, s, b] = [xIn, scaleIn, biasIn] as tf.Tensor4D[];
    if (z === undefined || s === undefined || b === undefined)
      throw new Error('featureNorm needs three tensors.');
    const centred = z.sub(z.mean(SPACE, true)); // [N, h, w, C]
    const std = centred
      .square()
      .sum(SPACE, true)
      .div(n - 1)
      .sqrt(); // [N, 1, 1, C]
    const r = tf.reciprocal(std.add(EPSILON).sqrt()); // [N, 1, 1, C]
    (save as tf.GradSaveFunc)([centred, std, r, s]);
    return { value: centred.mul(r.mul(s)).add(b), gradFunc };
  });

  // With d = dL/dy:  dL/dbias = Σd,  dL/dscale = r Σ d·(x − mean),
  // dL/dx = scale·r·(d − Σd / n) − (x − mean) · scale · r³ · Σ d·(x − mean) / (2 (n − 1) std).
  function gradFunc(d: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
    const [centred, std, r, s] = saved;
    if (!centred || !std || !r || !s) throw new Error('featureNorm lost what it saved.');
    const sumD = d.sum(SPACE, true);
    const sumDX = d.mul(centred).sum(SPACE, true);
    const a = s.mul(r);
    const q = s
      .mul(sumDX)
      .mul(r.mul(r.mul(r)).mul(-0.5 / (n - 1)))
      .div(tf.maximum(std, TINY));
    const dx = d.mul(a).add(centred.mul(q).sub(a.mul(sumD.div(n))));
    return [dx, overSamples(sumDX.mul(r)), overSamples(sumD)];
  }
  return operation(x, scale, bias) as tf.Tensor4D;
}

/** [N, 1, 1, C] → [1, 1, 1, C]: the gradients of scale and bias add up over the samples. */
function overSamples(t: tf.Tensor): tf.Tensor {
  return t.shape[0] === 1 ? t : t.sum(0, true);
}
