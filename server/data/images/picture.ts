/** Small pictures to look at: the image, alone or under its heat map with the outline of its mask. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { readMask } from './maskReading.ts';
import { atOwnSize, decodeRuns } from './maskRuns.ts';
import type { MaskPixels, Picture, PictureAs, PictureMask } from './messages.ts';
import { addHeat, drawOutline, fitMask } from './overlay.ts';
import { openSource, rawOf, readBytes } from './source.ts';
import type { Source } from './source.ts';

const quality = 82;

async function pixelsOf(mask: PictureMask, image: Source): Promise<MaskPixels> {
  if (mask.kind === 'file') return await readMask(await readBytes(mask.path));
  const { encoded, width, height } = atOwnSize(mask, image);
  return decodeRuns(encoded, width, height);
}

async function heatOf(file: string, width: number, height: number): Promise<Uint8Array> {
  const source = await openSource(await readBytes(file));
  const image = source.image.resize(width, height, { fit: 'fill', kernel: 'linear' });
  const { data } = await rawOf({ ...source, bits: 8 }, image, 1);
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}

async function encoded(image: Sharp): Promise<Picture> {
  const { data, info } = await image.jpeg({ quality }).toBuffer({ resolveWithObject: true });
  return { jpeg: Uint8Array.from(data), width: info.width, height: info.height };
}

/** Draws the picture of an image's bytes. */
export async function drawPicture(
  bytes: Buffer,
  { side, heatmap, mask }: PictureAs,
): Promise<Picture> {
  const source = await openSource(bytes);
  const small = source.image
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .removeAlpha()
    .toColourspace('srgb');
  if (heatmap === null && mask === null) return await encoded(small);
  const { data, info } = await small.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const rgb = Uint8Array.from(data);
  if (heatmap !== null) addHeat(rgb, await heatOf(heatmap, width, height));
  if (mask !== null) drawOutline(rgb, fitMask(await pixelsOf(mask, source), width, height), width);
  return await encoded(sharp(rgb, { raw: { width, height, channels: 3 } }));
}
