/** Small pictures for the page: the image, and the image under its heat map with the mask's outline. */
import { join } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { resizeNearest } from '../method/labels.ts';

export interface Pictures {
  /** data: URIs; equal in size. */
  readonly plain: string;
  readonly overlay: string;
  readonly width: number;
  readonly height: number;
}

/** Longest side in pixels. */
const longestSide = 320;
/** How much of the picture the strongest colour covers. */
const mostCover = 0.75;

/** From no defect to certain defect; read with a monotone luminance in mind. */
const scale: readonly (readonly [number, number, number])[] = [
  [38, 10, 84],
  [122, 27, 109],
  [203, 65, 73],
  [246, 137, 31],
  [252, 238, 140],
];
const outline = [0, 229, 255] as const;

function colourAt(probability: number, channel: 0 | 1 | 2): number {
  const place = Math.min(Math.max(probability, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(place), scale.length - 2);
  const [from, to] = [scale[low]?.[channel] ?? 0, scale[low + 1]?.[channel] ?? 0];
  return from + (to - from) * (place - low);
}

/** Planes [3, H, W] of 0..1 as interleaved RGB bytes. */
function interleaved(planes: Float32Array, pixels: number): Uint8Array {
  return Uint8Array.from({ length: 3 * pixels }, (_, i) =>
    Math.round(255 * (planes[(i % 3) * pixels + Math.floor(i / 3)] ?? 0)),
  );
}

function withHeat(rgb: Uint8Array, heat: Float32Array): Uint8Array {
  return Uint8Array.from(rgb, (value, i) => {
    const probability = heat[Math.floor(i / 3)] ?? 0;
    const cover = mostCover * Math.sqrt(probability);
    return Math.round(value * (1 - cover) + colourAt(probability, (i % 3) as 0 | 1 | 2) * cover);
  });
}

/** Marks mask pixels that have a neighbour outside the mask. */
function drawOutline(rgb: Uint8Array, mask: Uint8Array, width: number): void {
  const inside = (i: number): boolean => mask[i] === 1;
  mask.forEach((_, i) => {
    const x = i % width;
    if (!inside(i)) return;
    const edge =
      (x > 0 && !inside(i - 1)) ||
      (x < width - 1 && !inside(i + 1)) ||
      (i >= width && !inside(i - width)) ||
      (i + width < mask.length && !inside(i + width));
    if (edge) rgb.set(outline, 3 * i);
  });
}

async function jpeg(rgb: Uint8Array, width: number, height: number): Promise<string> {
  const raw = { width, height, channels: 3 } as const;
  const bytes = await sharp(rgb, { raw }).jpeg({ quality: 82 }).toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}

/** Values 0..1 of an image file at a size. */
async function valuesOf(
  reader: ImageReader,
  file: string,
  as: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Promise<Float32Array> {
  const { data, maximum } = await reader.read(file, as);
  return Float32Array.from(data, (value) => value / maximum);
}

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
  try {
    const own = await reader.size(file);
    const shrink = Math.min(1, longestSide / Math.max(own.width, own.height));
    const width = Math.max(1, Math.round(own.width * shrink));
    const height = Math.max(1, Math.round(own.height * shrink));
    const planes = await valuesOf(reader, file, { width, height, channels: 3 });
    const heat = await valuesOf(reader, heatmap, { width, height, channels: 1 });
    const rgb = interleaved(planes, width * height);
    const overlay = withHeat(rgb, heat);
    if (sample.label === 'defective' && sample.mask !== undefined) {
      const mask = await reader.mask(root, sample.mask);
      drawOutline(overlay, resizeNearest(mask, width, height).data, width);
    }
    return {
      plain: await jpeg(rgb, width, height),
      overlay: await jpeg(overlay, width, height),
      width,
      height,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
