/** How a heat map and a mask are shown on an image: the colours of probabilities, and the mask's outline. */
import type { MaskPixels } from './messages.ts';

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

function colourAt(probability: number, channel: number): number {
  const place = Math.min(Math.max(probability, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(place), scale.length - 2);
  const [from, to] = [scale[low]?.[channel] ?? 0, scale[low + 1]?.[channel] ?? 0];
  return from + (to - from) * (place - low);
}

/** Colours of the 256 values of a heat map, and how much each covers. */
const colours = Array.from({ length: 256 }, (_, value) => ({
  cover: mostCover * Math.sqrt(value / 255),
  rgb: [0, 1, 2].map((channel) => colourAt(value / 255, channel)),
}));

/** Lays a heat map (0..255 a pixel) over interleaved RGB of the same size, in place. */
export function addHeat(rgb: Uint8Array, heat: Uint8Array): void {
  heat.forEach((value, i) => {
    const colour = colours[value];
    if (colour === undefined) return;
    const { cover } = colour;
    for (let c = 0; c < 3; c += 1) {
      const under = rgb[3 * i + c] ?? 0;
      rgb[3 * i + c] = Math.round(under * (1 - cover) + (colour.rgb[c] ?? 0) * cover);
    }
  });
}

/** A mask at another size. A mark is never lost: a scratch of one pixel shows in the smallest picture. */
export function fitMask(mask: MaskPixels, width: number, height: number): Uint8Array {
  const fitted = new Uint8Array(width * height);
  const shrinks = mask.width >= width && mask.height >= height;
  if (shrinks) {
    for (let y = 0; y < mask.height; y += 1) {
      const row = Math.floor((y * height) / mask.height) * width;
      for (let x = 0; x < mask.width; x += 1) {
        if (mask.data[y * mask.width + x] === 1) {
          fitted[row + Math.floor((x * width) / mask.width)] = 1;
        }
      }
    }
    return fitted;
  }
  return fitted.map((_, i) => {
    const x = Math.floor((((i % width) + 0.5) * mask.width) / width);
    const y = Math.floor(((Math.floor(i / width) + 0.5) * mask.height) / height);
    return mask.data[y * mask.width + x] ?? 0;
  });
}

/** Marks pixels of a mask of the same size that have a neighbour outside of it, in interleaved RGB. */
export function drawOutline(rgb: Uint8Array, mask: Uint8Array, width: number): void {
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
