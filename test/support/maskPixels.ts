/** Masks as plain arrays of pixels, for tests that must not rest on the bits that they test. */
import { MaskBits } from '../../protocol/mask/bits.ts';
import { layerNames } from '../../protocol/mask/edits.ts';
import type { LayerChange, LayerName, Layers } from '../../protocol/mask/edits.ts';
import { encodeRuns } from '../../protocol/mask/runs.ts';

/** A byte a pixel, 0 or 1, row by row. */
export type Pixels = Readonly<Record<LayerName, Uint8Array>>;

export const copyOfPixels = ({ defect, ignore }: Pixels): Pixels => ({
  defect: defect.slice(),
  ignore: ignore.slice(),
});

export const areSamePixels = (a: Pixels, b: Pixels): boolean =>
  layerNames.every((name) => Buffer.compare(a[name], b[name]) === 0);

export function pixelsOfLayers(layers: Layers): Pixels {
  const of = ({ width, height, stride, words }: MaskBits): Uint8Array => {
    const pixels = new Uint8Array(width * height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        pixels[y * width + x] = ((words[y * stride + (x >> 5)] ?? 0) >>> (x & 31)) & 1;
      }
    }
    return pixels;
  };
  return { defect: of(layers.defect), ignore: of(layers.ignore) };
}

interface DrawnChange {
  readonly change: LayerChange;
  /** Does to the pixels what the change asks for. */
  readonly draw: (pixels: Pixels) => void;
}

/** A random change of a few rectangles, with the same said a second time in pixels. */
export function randomChange(
  layer: LayerName,
  size: { readonly width: number; readonly height: number },
  below: (limit: number) => number,
): DrawnChange {
  const [x, y] = [below(size.width), below(size.height)];
  const width = 1 + below(size.width - x);
  const height = 1 + below(size.height - y);
  const some = () => {
    const bits = new MaskBits(width, height);
    const marks = new Uint8Array(width * height);
    for (let count = below(4); count > 0; count -= 1) {
      const [row, from] = [below(height), below(width)];
      const end = Math.min(width, from + 1 + below(width));
      bits.fill(row, from, end, true);
      marks.fill(1, row * width + from, row * width + end);
    }
    return { marks, runs: encodeRuns(bits, { x: 0, y: 0, width, height }) };
  };
  const [set, clear] = [some(), some()];
  return {
    change: { layer, box: { x, y, width, height }, set: set.runs, clear: clear.runs },
    draw: (pixels) => {
      for (let at = 0; at < width * height; at += 1) {
        const place = (y + Math.floor(at / width)) * size.width + x + (at % width);
        if (set.marks[at] === 1) pixels[layer][place] = 1;
        if (clear.marks[at] === 1) pixels[layer][place] = 0;
      }
    },
  };
}
