/**
 * From a mask to what the segmentation loss compares with: the target map and the weight map at an
 * eighth of the input size (docs/method.md, "Labels"; paper, Section 3.3). Its steps are in labels/.
 */
import { mapSizeOf } from '../../protocol/mapGeometry.ts';
import type { TrainingSettings } from '../../protocol/run.ts';
import { distanceWeights } from './labels/distance.ts';
import { dilate } from './labels/mask.ts';
import type { BinaryMask } from './labels/mask.ts';
import { reduceToMap } from './labels/reduce.ts';
import { resizeMask, resizeNearest } from './labels/resize.ts';
import { isVanished, strongestCell } from './labels/vanished.ts';

export { distanceToZero, distanceWeights } from './labels/distance.ts';
export { dilate } from './labels/mask.ts';
export type { BinaryMask } from './labels/mask.ts';
export { reduceToMap } from './labels/reduce.ts';
export { connectedRegions } from './labels/regions.ts';
export type { Regions } from './labels/regions.ts';
export { resizeMask, resizeNearest } from './labels/resize.ts';

export interface LabelOptions extends Pick<
  TrainingSettings,
  'dilation' | 'positiveWeight' | 'distancePower' | 'distanceWeights' | 'weightsPerRegion'
> {
  /** The network's input size in pixels, multiples of 8. */
  readonly imageWidth: number;
  readonly imageHeight: number;
}

export interface PreparedLabels {
  /** 0..1, row-major, mapWidth x mapHeight. */
  readonly target: Float32Array;
  /** At least 0, row-major, mapWidth x mapHeight; 0 where all is ignored. */
  readonly weight: Float32Array;
  readonly mapWidth: number;
  readonly mapHeight: number;
}

/** Sets the weight of ignored pixels to 0, in place. */
function ignorePixels(
  weights: Float32Array,
  ignore: BinaryMask,
  { imageWidth, imageHeight }: LabelOptions,
): void {
  const { data } = resizeNearest(ignore, imageWidth, imageHeight);
  for (let i = 0; i < weights.length; i += 1) if (data[i] !== 0) weights[i] = 0;
}

const isEmpty = (mask: BinaryMask): boolean => mask.data.every((value) => value === 0);

type InputSize = Pick<LabelOptions, 'imageWidth' | 'imageHeight'>;

/** The target map of the pixels that are marked at the input size. */
const targetOf = (values: Uint8Array, { imageWidth, imageHeight }: InputSize): Float32Array =>
  reduceToMap(values, imageWidth, imageHeight, 255);

/** True for a mask with marks that nothing is left of at the input size. */
export function vanishes(
  mask: BinaryMask,
  options: InputSize & Pick<LabelOptions, 'dilation'>,
): boolean {
  if (isEmpty(mask)) return false;
  const { imageWidth, imageHeight, dilation } = options;
  const values = resizeMask(dilate(mask, dilation), imageWidth, imageHeight);
  return isVanished(targetOf(values, options));
}

/**
 * Target and weight map of one image. `mask` (undefined: no defect) and `ignore` are at the original
 * image's size, not necessarily both at the same. The input size must be multiples of 8. A defect that resizing
 * loses keeps a target in one cell.
 */
export function prepareLabels(
  mask: BinaryMask | undefined,
  ignore: BinaryMask | undefined,
  options: LabelOptions,
): PreparedLabels {
  const { imageWidth, imageHeight } = options;
  const map = mapSizeOf(options);
  const marked = mask === undefined || isEmpty(mask) ? undefined : mask;
  const values =
    marked === undefined
      ? new Uint8Array(imageWidth * imageHeight)
      : resizeMask(dilate(marked, options.dilation), imageWidth, imageHeight);
  const target = targetOf(values, options);
  if (marked !== undefined && isVanished(target)) target[strongestCell(marked, map)] = 1;
  const weights = options.distanceWeights
    ? distanceWeights(values, imageWidth, imageHeight, options)
    : new Float32Array(imageWidth * imageHeight).fill(1);
  if (ignore !== undefined) ignorePixels(weights, ignore, options);
  return {
    target,
    weight: reduceToMap(weights, imageWidth, imageHeight),
    mapWidth: map.width,
    mapHeight: map.height,
  };
}
