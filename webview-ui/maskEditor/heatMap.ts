/** A run's map of the image: its values, for tools that accept it, and a picture of it in colours. */
import { mapAtSize } from '../../protocol/mapGeometry.ts';
import type { Size } from '../../protocol/mask/raster.ts';

export interface HeatMap {
  readonly width: number;
  readonly height: number;
  /** Probability x 255. */
  readonly values: Uint8Array;
  /** In colours; it lies over the whole image. */
  readonly picture: OffscreenCanvas;
}

/** Violet to yellow, as the thumbnails' heat maps; what is unlikely is seen through. */
const stops: readonly (readonly [number, number, number, number])[] = [
  [40, 10, 80, 0],
  [91, 26, 138, 110],
  [190, 55, 80, 180],
  [224, 120, 31, 215],
  [255, 228, 92, 245],
];

function ramp(): Uint32Array {
  const colours = new Uint32Array(256);
  for (let value = 0; value < 256; value += 1) {
    const at = (value / 255) * (stops.length - 1);
    const [low, high] = [stops[Math.floor(at)], stops[Math.ceil(at)]];
    const mix = (part: 0 | 1 | 2 | 3): number => {
      const [from, to] = [low?.[part] ?? 0, high?.[part] ?? 0];
      return Math.round(from + (to - from) * (at % 1));
    };
    colours[value] = ((mix(3) << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0)) >>> 0;
  }
  return colours;
}

/** The values of a picture, which is grey. */
function valuesOf(image: HTMLImageElement): HeatMap['values'] | undefined {
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) return undefined;
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, i) => data[4 * i] ?? 0);
}

/** Pixels of a picture; of a larger image it is as much smaller. */
const mostPixels = 2 ** 22;

/**
 * In colours, over the whole image. It is as fine as the image because a canvas that enlarges cells itself
 * knows places within one to a sixteenth alone, which is several pixels of an image.
 */
function pictureOf(map: Omit<HeatMap, 'picture'>, image: Size): OffscreenCanvas | undefined {
  const share = Math.min(1, Math.sqrt(mostPixels / (image.width * image.height)));
  const side = (length: number): number => Math.max(1, Math.round(length * share));
  const picture = new OffscreenCanvas(side(image.width), side(image.height));
  const context = picture.getContext('2d');
  if (context === null) return undefined;
  const data = new ImageData(picture.width, picture.height);
  const colours = new Uint32Array(data.data.buffer);
  const ramped = ramp();
  mapAtSize(map, picture).forEach((value, i) => (colours[i] = ramped[Math.round(value)] ?? 0));
  context.putImageData(data, 0, 0);
  return picture;
}

/** Undefined if it cannot be read. `image`: the size of the image that it is of. */
export async function readHeatMap(uri: string, image: Size): Promise<HeatMap | undefined> {
  const file = new Image();
  file.crossOrigin = 'anonymous';
  file.src = uri;
  try {
    await file.decode();
    const { naturalWidth: width, naturalHeight: height } = file;
    const values = valuesOf(file);
    if (values === undefined) return undefined;
    const picture = pictureOf({ width, height, values }, image);
    return picture && { width, height, values, picture };
  } catch {
    return undefined;
  }
}
