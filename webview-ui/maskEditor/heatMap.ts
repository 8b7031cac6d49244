/** A run's map of the image: its values, for tools that accept it, and a picture of it in colours. */

export interface HeatMap {
  readonly width: number;
  readonly height: number;
  /** Probability x 255. */
  readonly values: Uint8Array;
  /** In colours, to be drawn where `frameOfPicture` says. */
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

/** A pixel for each cell in its colour, and the last column and row once more. */
function pictureOf(values: Uint8Array, width: number, height: number): OffscreenCanvas | undefined {
  const picture = new OffscreenCanvas(width + 1, height + 1);
  const context = picture.getContext('2d');
  if (context === null) return undefined;
  const data = new ImageData(picture.width, picture.height);
  const colours = new Uint32Array(data.data.buffer);
  const ramped = ramp();
  for (let i = 0; i < colours.length; i += 1) {
    const x = Math.min(i % picture.width, width - 1);
    const y = Math.min(Math.floor(i / picture.width), height - 1);
    colours[i] = ramped[values[y * width + x] ?? 0] ?? 0;
  }
  context.putImageData(data, 0, 0);
  return picture;
}

/** Undefined if it cannot be read. */
export async function readHeatMap(uri: string): Promise<HeatMap | undefined> {
  const image = new Image();
  image.crossOrigin = 'anonymous';
  image.src = uri;
  try {
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const values = valuesOf(image);
    const picture = values && pictureOf(values, width, height);
    return picture && { width, height, values, picture };
  } catch {
    return undefined;
  }
}
