/**
 * Edits of a mask document. A document has two layers; a web view asks for a *change* (pixels to set, pixels
 * to clear), the document answers with the *toggles* that this made of its current bits. Toggles undo
 * themselves, and toggles of several views commute, so that views and document end alike in any order.
 */
import * as z from 'zod/mini';
import type { PixelBox } from './bits.ts';
import { MaskBits, mostSide } from './bits.ts';
import type { Runs } from './runs.ts';
import { RunWriter, eachRun, eachRunOf, encodeRuns } from './runs.ts';

/** `defect`: the mask. `ignore`: pixels that count neither as defect nor as good. */
export const layerNames = ['defect', 'ignore'] as const;
export type LayerName = (typeof layerNames)[number];
/** Both of the image's size. */
export type Layers = Readonly<Record<LayerName, MaskBits>>;

/** What is asked for: in `box`, pixels of `set` become 1, then those of `clear` become 0. */
export interface LayerChange {
  readonly layer: LayerName;
  readonly box: PixelBox;
  readonly set: Runs;
  readonly clear: Runs;
}

/** What was done: pixels of `runs` in `box` were turned over. Doing it again undoes it. */
export interface LayerToggles {
  readonly layer: LayerName;
  readonly box: PixelBox;
  readonly runs: Runs;
}

const coordinate = z.int().check(z.minimum(0), z.maximum(mostSide));
export const boxSchema: z.ZodMiniType<PixelBox> = z.object({
  x: coordinate,
  y: coordinate,
  width: coordinate,
  height: coordinate,
});
/** Far more than the worst pattern of a whole image of 16,384 pixels a side needs in practice. */
const mostBytes = 2 ** 28;
export const runsSchema: z.ZodMiniType<Runs> = z
  .instanceof(Uint8Array<ArrayBuffer>)
  .check(z.refine((bytes) => bytes.byteLength <= mostBytes));
export const changeSchema: z.ZodMiniType<LayerChange> = z.object({
  layer: z.enum(layerNames),
  box: boxSchema,
  set: runsSchema,
  clear: runsSchema,
});
export const togglesSchema: z.ZodMiniType<LayerToggles> = z.object({
  layer: z.enum(layerNames),
  box: boxSchema,
  runs: runsSchema,
});

const isInside = ({ x, y, width, height }: PixelBox, bits: MaskBits): boolean =>
  x + width <= bits.width && y + height <= bits.height;

/** Turns pixels over. Throws a RangeError, and changes nothing, for toggles that do not fit the layers. */
export function applyToggles(layers: Layers, toggles: readonly LayerToggles[]): void {
  for (const { layer, box, runs } of toggles) {
    if (!isInside(box, layers[layer])) throw new RangeError('an edit lies outside of the image');
    eachRun(runs, box, () => undefined);
  }
  for (const { layer, box, runs } of toggles) {
    eachRun(runs, box, (y, x0, x1) => layers[layer].toggle(y, x0, x1));
  }
}

/**
 * Sets and clears pixels; gives what this turned over (an empty list if nothing). Throws a RangeError, and
 * changes nothing, for changes that do not fit the layers.
 */
export function applyChanges(layers: Layers, changes: readonly LayerChange[]): LayerToggles[] {
  for (const { layer, box, set, clear } of changes) {
    if (!isInside(box, layers[layer])) throw new RangeError('an edit lies outside of the image');
    for (const runs of [set, clear]) eachRun(runs, box, () => undefined);
  }
  return changes.flatMap((change): LayerToggles[] => {
    const { layer, box } = change;
    const runs = applyChange(layers[layer], change);
    return runs.length === 0 ? [] : [{ layer, box, runs }];
  });
}

function applyChange(bits: MaskBits, { box, set, clear }: LayerChange): Runs {
  if (clear.length === 0) return fillRuns(bits, box, set, true);
  if (set.length === 0) return fillRuns(bits, box, clear, false);
  // A box of its own keeps the work to what is touched, however large the image is.
  const touched = new MaskBits(box.width, box.height);
  const before = copyOf(bits, box);
  eachRun(set, box, (y, x0, x1) => bits.fill(y, x0, x1, true));
  eachRun(clear, box, (y, x0, x1) => bits.fill(y, x0, x1, false));
  const after = copyOf(bits, box);
  for (let place = 0; place < touched.words.length; place += 1) {
    touched.words[place] = (before.words[place] ?? 0) ^ (after.words[place] ?? 0);
  }
  return encodeRuns(touched, { x: 0, y: 0, width: box.width, height: box.height });
}

/** Gives pixels one value, as most strokes do: the work follows the stroke, not its box. What was turned over. */
function fillRuns(bits: MaskBits, box: PixelBox, runs: Runs, value: boolean): Runs {
  const writer = new RunWriter(box);
  eachRun(runs, box, (y, x0, x1) => {
    eachRunOf(!value, bits, [y, x0, x1], writer.span);
    bits.fill(y, x0, x1, value);
  });
  return writer.finish();
}

/** The bits of a box, as a mask of its size. */
export function copyOf(bits: MaskBits, box: PixelBox): MaskBits {
  const copy = new MaskBits(box.width, box.height);
  const shift = box.x & 31;
  for (let y = 0; y < box.height; y += 1) {
    const from = (box.y + y) * bits.stride + (box.x >> 5);
    const lastOfRow = (box.y + y + 1) * bits.stride;
    for (let i = 0; i < copy.stride; i += 1) {
      const low = (bits.words[from + i] ?? 0) >>> shift;
      const next = from + i + 1 < lastOfRow ? (bits.words[from + i + 1] ?? 0) : 0;
      copy.words[y * copy.stride + i] = shift === 0 ? low : low | (next << (32 - shift));
    }
    const rest = box.width & 31;
    const last = y * copy.stride + copy.stride - 1;
    if (rest !== 0) copy.words[last] = (copy.words[last] ?? 0) & (0xffffffff >>> (32 - rest));
  }
  return copy;
}
