/** Pictures with structure: white noise makes gradients chaotic. */
import { seededRandom } from './random.ts';

/** Planes [C, H, W] of values 0..1: waves and spots that depend on the seed. */
export function structuredImage(
  size: { channels: number; imageWidth: number; imageHeight: number },
  seed: number,
): Float32Array {
  const random = seededRandom(seed);
  const { channels, imageWidth: width, imageHeight: height } = size;
  const [fx, fy, phase, sx, sy] = [9, 13, 6, width, height].map((k) => k * (0.5 + random() / 2));
  return Float32Array.from({ length: channels * width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const wave = 0.25 * Math.sin(x / (fx ?? 1) + (phase ?? 0)) * Math.cos(y / (fy ?? 1));
    const spot = 0.2 * Math.exp(-((x - (sx ?? 0) / 2) ** 2 + (y - (sy ?? 0) / 2) ** 2) / 40);
    return 0.5 + wave + spot + 0.04 * Math.sin(((x * 31 + y * 57) % 101) + i / (width * height));
  });
}
