/** What the pixel metrics compare: an image's mask at its own size (16 megapixels at most) with the enlarged map. */
import { join } from 'node:path';
import type { Sample } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { mapAtSize, mapSizeOf } from '../../protocol/mapGeometry.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { resizeNearest } from '../method/labels.ts';

/** In a mask of pixel metrics: the pixel counts neither as defect nor as good. */
const ignored = 255;

export interface PixelTruth {
  /** 0 good, 1 defect, 255 ignored; row-major. */
  readonly mask: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** True where the sample's pixels are known: negatives, and positives with a mask. */
export function pixelsKnown(sample: Sample): boolean {
  return sample.label === 'ok' || (sample.label === 'defective' && sample.mask !== undefined);
}

async function ownMask(reader: ImageReader, root: string, sample: Sample): Promise<PixelTruth> {
  if (sample.label === 'defective' && sample.mask !== undefined) {
    const { data, width, height } = await reader.mask(root, sample.mask);
    return { mask: data, width, height };
  }
  const { width, height } = await reader.size(join(root, sample.image));
  return { mask: new Uint8Array(width * height), width, height };
}

/** Larger masks are compared at a smaller size: the figures hardly move, and memory stays bounded. */
const mostPixels = 4096 * 4096;

function bounded(truth: PixelTruth): PixelTruth {
  const shrink = Math.sqrt(mostPixels / (truth.width * truth.height));
  if (shrink >= 1) return truth;
  const width = Math.max(1, Math.floor(truth.width * shrink));
  const height = Math.max(1, Math.floor(truth.height * shrink));
  return { mask: resizeNearest({ ...truth, data: truth.mask }, width, height).data, width, height };
}

async function pixelTruth(reader: ImageReader, root: string, sample: Sample): Promise<PixelTruth> {
  const own = bounded(await ownMask(reader, root, sample));
  if (sample.ignore === undefined) return own;
  const ignore = await reader.mask(root, { kind: 'file', path: sample.ignore });
  const fitted = resizeNearest(ignore, own.width, own.height);
  const mask = own.mask.map((value, i) => (fitted.data[i] === 0 ? value : ignored));
  return { ...own, mask };
}

export interface PixelComparison extends PixelTruth {
  /** The map at the mask's size. */
  readonly probabilities: Float32Array;
}

/** Mask and enlarged map of a sample, or the reason why its mask cannot be used. */
export async function comparePixels(
  reader: ImageReader,
  root: string,
  sample: Sample,
  network: NetworkSpec,
  map: Float32Array,
): Promise<PixelComparison | string> {
  let truth: PixelTruth;
  try {
    truth = await pixelTruth(reader, root, sample);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
  return { ...truth, probabilities: mapAtSize({ ...mapSizeOf(network), values: map }, truth) };
}
