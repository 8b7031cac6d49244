/**
 * The network (docs/method.md, "Network"; Table 1 of the paper): a segmentation sub-network that ends in the
 * one-channel map S_h, and a classification sub-network on its features. Shapes at line ends are NHWC.
 */
import * as tf from './tf.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import { UserError } from '../../protocol/errors.ts';
import { featureNorm } from './featureNorm.ts';
import { longestSide, usableSide } from './inputSize.ts';

/** Weight tensors by the authors' names. Convolutions are HWIO, FeatureNorm scale and bias [1, 1, 1, C], `fc.weight` [1, 66]. */
export type WeightTensors = Readonly<Record<string, tf.Tensor>>;

/** A block's place in the network: convolution, FeatureNorm, ReLU. */
interface BlockSpec {
  /** The authors' prefix, e.g. `volume.3`. */
  readonly name: string;
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  /** A max-pool of 2 stands before this block. */
  readonly pooled: boolean;
}

export interface NetworkLayout {
  readonly segmentation: readonly BlockSpec[];
  readonly features: number;
  readonly classification: readonly BlockSpec[];
  /** 66 at width 1: max and mean of C_f, max and mean of S_h. */
  readonly vector: number;
}

/** A channel count of the paper at this width: rounded, at least 1. */
export function scaledChannels(channels: number, width: number): number {
  return Math.max(1, Math.floor(channels * width + 0.5));
}

/** The blocks of both sub-networks with the authors' names, in which max-pools take a number. */
export function networkLayout(spec: NetworkSpec): NetworkLayout {
  const at = (channels: number): number => scaledChannels(channels, spec.width);
  const stages: readonly (readonly [blocks: number, channels: number])[] = [
    [spec.variant === 'paper' ? 2 : 1, 32],
    [3, 64],
    [4, 64],
    [1, 1024],
  ];
  const segmentation: BlockSpec[] = [];
  let index = 0;
  let input: number = spec.channels;
  stages.forEach(([blocks, channels], stage) => {
    if (stage > 0) index += 1;
    for (let block = 0; block < blocks; block += 1) {
      const kernel = stage === 3 && spec.variant === 'reference' ? 15 : 5;
      const name = `volume.${index}`;
      segmentation.push({
        name,
        kernel,
        input,
        output: at(channels),
        pooled: stage > 0 && block === 0,
      });
      input = at(channels);
      index += 1;
    }
  });
  const features = at(1024);
  const extractor = [features + 1, at(8), at(16), at(32)];
  const classification = [0, 1, 2].map((i) => ({
    name: `extractor.${2 * i + 1}`,
    kernel: 5,
    input: extractor[i] ?? 0,
    output: extractor[i + 1] ?? 0,
    pooled: true,
  }));
  return { segmentation, features, classification, vector: 2 * at(32) + 2 };
}

/** Shapes of all tensors by the authors' names, in the authors' order: convolutions OIHW, FeatureNorm [1, N, 1, 1]. */
export function tensorShapes(spec: NetworkSpec): Map<string, number[]> {
  const layout = networkLayout(spec);
  const shapes = new Map<string, number[]>();
  const block = (name: string, kernel: number, input: number, output: number): void => {
    shapes.set(`${name}.0.weight`, [output, input, kernel, kernel]);
    shapes.set(`${name}.1.scale`, [1, output, 1, 1]);
    shapes.set(`${name}.1.bias`, [1, output, 1, 1]);
  };
  for (const b of layout.segmentation) block(b.name, b.kernel, b.input, b.output);
  block('seg_mask', 1, layout.features, 1);
  for (const b of layout.classification) block(b.name, b.kernel, b.input, b.output);
  shapes.set('fc.weight', [1, layout.vector]);
  shapes.set('fc.bias', [1]);
  return shapes;
}

/** True for tensors of the classification sub-network, the only ones that a weak positive trains. */
export function isClassificationTensor(name: string): boolean {
  return name.startsWith('extractor.') || name.startsWith('fc.');
}

/**
 * Refuses a size that the network cannot take: sides must be multiples of 8 up to 16384, and the last map
 * (1/64 of the input) needs two pixels for its unbiased standard deviation.
 * @throws UserError with the rule and the nearest size that works
 */
export function checkInputSize(imageWidth: number, imageHeight: number): void {
  if (!usableSide(imageWidth) || !usableSide(imageHeight)) {
    const near = (n: number): number =>
      Math.min(Math.max(8, Math.round(n / 8) * 8), longestSide) || 8;
    throw new UserError(
      `The input size ${imageWidth}x${imageHeight} is not usable: width and height must be at most ${longestSide} and multiples of 8; try --size ${near(imageWidth)}x${near(imageHeight)}.`,
    );
  }
  if (Math.floor(imageWidth / 64) * Math.floor(imageHeight / 64) < 2) {
    throw new UserError(
      `The input size ${imageWidth}x${imageHeight} is too small: the last map is 1/64 of it and needs two pixels; use at least 128x64 or 64x128.`,
    );
  }
}

function weightOf(weights: WeightTensors, name: string): tf.Tensor4D {
  const tensor = weights[name];
  if (tensor === undefined) throw new Error(`No weight tensor named ${name}.`);
  return tensor as tf.Tensor4D;
}

/** Convolution without bias (same padding, stride 1), then FeatureNorm. */
function convolutionAndNorm(x: tf.Tensor4D, weights: WeightTensors, name: string): tf.Tensor4D {
  const z = tf.conv2d(x, weightOf(weights, `${name}.0.weight`), 1, 'same'); // [N, h, w, C]
  return featureNorm(z, weightOf(weights, `${name}.1.scale`), weightOf(weights, `${name}.1.bias`));
}

function blocks(x: tf.Tensor4D, weights: WeightTensors, specs: readonly BlockSpec[]): tf.Tensor4D {
  let y = x;
  for (const spec of specs) {
    if (spec.pooled) y = tf.maxPool(y, 2, 2, 'valid'); // rounds down
    y = tf.relu(convolutionAndNorm(y, weights, spec.name));
  }
  return y;
}

export interface Segmentation {
  /** S_f, [N, H/8, W/8, 1024]. */
  readonly features: tf.Tensor4D;
  /** S_h: logits, [N, H/8, W/8, 1]. */
  readonly map: tf.Tensor4D;
}

/** The segmentation sub-network. `image`: [N, H, W, C], values 0..1. */
export function segment(
  image: tf.Tensor4D,
  weights: WeightTensors,
  spec: NetworkSpec,
): Segmentation {
  const features = blocks(image, weights, networkLayout(spec).segmentation); // [N, H/8, W/8, 1024]
  const map = convolutionAndNorm(features, weights, 'seg_mask'); // [N, H/8, W/8, 1]
  return { features, map };
}

/**
 * The classification sub-network: C_p as a logit, [N]. Where the gradient stops is decided by the caller,
 * who differentiates this function with or without the segmentation inside.
 */
export function classify(
  { features, map }: Segmentation,
  weights: WeightTensors,
  spec: NetworkSpec,
): tf.Tensor1D {
  const input = tf.concat([features, map], 3); // [N, H/8, W/8, 1025]
  const c = blocks(input, weights, networkLayout(spec).classification); // [N, H/64, W/64, 32]
  const perImage = (t: tf.Tensor): tf.Tensor2D => t.squeeze([1, 2]);
  const vector = tf.concat(
    [c.max([1, 2], true), c.mean([1, 2], true), map.max([1, 2], true), map.mean([1, 2], true)].map(
      perImage,
    ),
    1,
  ); // [N, 66]
  // A product and a sum: a matrix product with one row is several times slower on the CPU.
  return vector
    .mul(weights['fc.weight'] ?? 0)
    .sum(1)
    .add(weights['fc.bias'] ?? 0); // [N]
}
