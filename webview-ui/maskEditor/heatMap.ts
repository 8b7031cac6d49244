/** A run's map of the image: its values, for tools that accept it, and a picture of it in colours. */

export interface HeatMap {
  readonly width: number;
  readonly height: number;
  /** Probability x 255. */
  readonly values: Uint8Array;
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

/** Undefined if it cannot be read. */
export async function readHeatMap(uri: string): Promise<HeatMap | undefined> {
  const image = new Image();
  image.crossOrigin = 'anonymous';
  image.src = uri;
  try {
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const picture = new OffscreenCanvas(width, height);
    const context = picture.getContext('2d');
    if (context === null) return undefined;
    context.drawImage(image, 0, 0);
    const data = context.getImageData(0, 0, width, height);
    const values = new Uint8Array(width * height);
    const colours = new Uint32Array(data.data.buffer);
    const ramped = ramp();
    for (let i = 0; i < values.length; i += 1) {
      const value = data.data[4 * i] ?? 0;
      values[i] = value;
      colours[i] = ramped[value] ?? 0;
    }
    context.putImageData(data, 0, 0);
    return { width, height, values, picture };
  } catch {
    return undefined;
  }
}
