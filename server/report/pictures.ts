/** Small pictures for the page: the image, and the image under its heat map with the mask's outline. */
import { join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';

export interface Pictures {
  /** data: URIs; equal in size. */
  readonly plain: string;
  readonly overlay: string;
  readonly width: number;
  readonly height: number;
}

/** Longest side in pixels. */
const side = 320;

const dataUri = (jpeg: Uint8Array): string =>
  `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;

/**
 * The pictures of a sample, or undefined when its image or heat map cannot be read (the evaluation has
 * said so already).
 */
export async function samplePictures(
  reader: ImageReader,
  root: string,
  sample: Sample,
  heatmap: string,
): Promise<Pictures | undefined> {
  const file = join(root, sample.image);
  const outlined = sample.label === 'defective' && sample.mask !== undefined;
  try {
    const plain = await reader.picture(file, { side });
    const overlay = await reader.picture(file, {
      ...{ side, heatmap },
      ...(outlined ? { mask: { root, source: sample.mask } } : {}),
    });
    const { width, height } = plain;
    return { plain: dataUri(plain.jpeg), overlay: dataUri(overlay.jpeg), width, height };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
