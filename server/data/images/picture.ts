/** Small pictures to look at: the image, alone or under its heat map with the outline of its mask. */
import sharp from 'sharp';
import type { JpegOptions, Sharp } from 'sharp';
import { mapAtSize, mostMapSide } from '../../../protocol/mapGeometry.ts';
import { readMask } from './maskReading.ts';
import { withMore } from './unitedMasks.ts';
import { atOwnSize, decodeRuns } from './maskRuns.ts';
import type { MaskPixels, Picture, PictureAs, PictureMask } from './messages.ts';
import { addHeat, drawOutline, fitMask } from './overlay.ts';
import { openSource, rawOf, readBytes } from './source.ts';
import type { Source } from './source.ts';

const quality = 82;

async function pixelsOf(mask: PictureMask, image: Source): Promise<MaskPixels> {
  if (mask.kind === 'file') {
    const read = async (path: string) => await readMask(await readBytes(path));
    return await withMore(await read(mask.path), mask.more, read);
  }
  const { encoded, width, height } = atOwnSize(mask, image);
  return decodeRuns(encoded, width, height);
}

/** The map in a PNG of a value a cell, as it lies over a picture of this size: 0..255. */
async function heatOf(file: string, width: number, height: number): Promise<Uint8Array> {
  const source = await openSource(await readBytes(file), mostMapSide ** 2);
  const { data: values, ...map } = await rawOf({ ...source, bits: 8 }, source.image, 1);
  return Uint8Array.from(mapAtSize({ ...map, values }, { width, height }), Math.round);
}

async function encoded(image: Sharp, options: JpegOptions = {}): Promise<Picture> {
  const jpeg = image.jpeg({ quality, ...options });
  const { data, info } = await jpeg.toBuffer({ resolveWithObject: true });
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
  // Colours are drawn to the pixel: halved, they would lie beside it in a small picture.
  const drawn = sharp(rgb, { raw: { width, height, channels: 3 } });
  return await encoded(drawn, { chromaSubsampling: '4:4:4' });
}
