/**
 * The view's own copy of a mask's two layers, with a recorder of what is being painted: each pixel that was
 * turned over since the last commit is a bit of a scratch mask. Committing and discarding cost only the box
 * that was touched, however large the image is.
 */
import type { PixelBox } from '../../../protocol/mask/bits.ts';
import { MaskBits, unionOf } from '../../../protocol/mask/bits.ts';
import type { LayerChange, LayerName, Layers, LayerToggles } from '../../../protocol/mask/edits.ts';
import { applyToggles, layerNames } from '../../../protocol/mask/edits.ts';
import type { Shape } from '../../../protocol/mask/raster.ts';
import { eachShapeSpan } from '../../../protocol/mask/raster.ts';
import { RunWriter, eachRunOf, eachSpan } from '../../../protocol/mask/runs.ts';

/** What was painted: the change to ask the document for, and what it turned over here. Both may be empty. */
export interface Painted {
  readonly changes: LayerChange[];
  readonly toggles: LayerToggles[];
}

const noBox: PixelBox = { x: 0, y: 0, width: 0, height: 0 };
const isNothing = (box: PixelBox): boolean => box.width === 0 || box.height === 0;

/** One layer with its recorder. */
class RecordedLayer {
  readonly bits: MaskBits;
  /** Pixels turned over since the last commit, all within `box`. */
  readonly #turned: MaskBits;
  box = noBox;

  constructor(bits: MaskBits) {
    this.bits = bits;
    this.#turned = new MaskBits(bits.width, bits.height);
  }

  paint(y: number, x0: number, x1: number, value: boolean): void {
    if (y < 0 || y >= this.bits.height) return;
    const [from, to] = [Math.max(0, x0), Math.min(this.bits.width, x1)];
    const { words, stride } = this.bits;
    let didTurn = 0;
    for (let x = from; x < to; x = (x | 31) + 1) {
      const place = y * stride + (x >> 5);
      const after = to - (x & ~31);
      const range = (0xffffffff << (x & 31)) & (after < 32 ? 0xffffffff >>> (32 - after) : ~0);
      const word = words[place] ?? 0;
      const turned = (value ? ~word : word) & range;
      words[place] = word ^ turned;
      this.#turned.words[place] = (this.#turned.words[place] ?? 0) ^ turned;
      didTurn |= turned;
    }
    if (didTurn !== 0) {
      this.box = unionOf(this.box, { x: from, y, width: to - from, height: 1 });
    }
  }

  /** What was recorded; null if every pixel is as it was. */
  recorded(layer: LayerName): { change: LayerChange; toggles: LayerToggles } | null {
    const { box } = this;
    if (isNothing(box)) return null;
    const [turned, set, clear] = [new RunWriter(box), new RunWriter(box), new RunWriter(box)];
    eachSpan(this.#turned, box, (y, x0, x1) => {
      turned.span(y, x0, x1);
      eachRunOf(true, this.bits, [y, x0, x1], set.span);
      eachRunOf(false, this.bits, [y, x0, x1], clear.span);
    });
    const runs = turned.finish();
    if (runs.length === 0) return null;
    return {
      change: { layer, box, set: set.finish(), clear: clear.finish() },
      toggles: { layer, box, runs },
    };
  }

  /** Turns everything recorded back. */
  restore(): void {
    if (isNothing(this.box)) return;
    eachSpan(this.#turned, this.box, (y, x0, x1) => this.bits.toggle(y, x0, x1));
  }

  forget(): void {
    const { x, y, width, height } = this.box;
    const { words, stride } = this.#turned;
    // Whole words: nothing beside the box is recorded.
    for (let row = y; row < y + height; row += 1) {
      words.fill(0, row * stride + (x >> 5), row * stride + ((x + width + 31) >> 5));
    }
    this.box = noBox;
  }
}

export class MaskSurface {
  readonly width: number;
  readonly height: number;
  readonly layers: Layers;
  readonly #recorded: Readonly<Record<LayerName, RecordedLayer>>;

  /** Paints on these layers, both of the image's size. */
  constructor(layers: Layers) {
    this.layers = layers;
    this.width = layers.defect.width;
    this.height = layers.defect.height;
    this.#recorded = {
      defect: new RecordedLayer(layers.defect),
      ignore: new RecordedLayer(layers.ignore),
    };
  }

  /** The box of everything painted since the last commit or discard, on both layers. */
  get touched(): PixelBox {
    return unionOf(this.#recorded.defect.box, this.#recorded.ignore.box);
  }

  /** Pixels x0 up to (without) x1 of a row. Setting a pixel of one layer clears it in the other. */
  span(layer: LayerName, value: boolean, y: number, x0: number, x1: number): void {
    this.#recorded[layer].paint(y, x0, x1, value);
    if (value) this.#recorded[otherOf(layer)].paint(y, x0, x1, false);
  }

  /** `both` clears both layers; a pixel cannot be set in both, so that with value true it is the mask. */
  paint(layer: LayerName | 'both', value: boolean, shape: Shape): void {
    const names = layer !== 'both' ? [layer] : value ? (['defect'] as const) : layerNames;
    eachShapeSpan(shape, this, (y, x0, x1) => {
      for (const name of names) this.span(name, value, y, x0, x1);
    });
  }

  /** Makes a layer equal to other bits of the same size, as a person's edit. */
  become(layer: LayerName, next: MaskBits): void {
    const { bits } = this.#recorded[layer];
    const [set, clear] = [next.clone(), bits.clone()];
    for (let place = 0; place < bits.words.length; place += 1) {
      const [word, wanted] = [bits.words[place] ?? 0, next.words[place] ?? 0];
      set.words[place] = wanted & ~word;
      clear.words[place] = word & ~wanted;
    }
    this.paint(layer, true, { kind: 'bits', x: 0, y: 0, bits: set });
    this.paint(layer, false, { kind: 'bits', x: 0, y: 0, bits: clear });
  }

  /** Another's edit, not recorded: toggles commute, so that what is being painted can still be discarded. */
  apply(toggles: readonly LayerToggles[]): void {
    applyToggles(this.layers, toggles);
  }

  /** What was painted since the last commit or discard; afterwards nothing is recorded. */
  commit(): Painted {
    const changes: LayerChange[] = [];
    const toggles: LayerToggles[] = [];
    for (const layer of layerNames) {
      const recorded = this.#recorded[layer].recorded(layer);
      if (recorded !== null) {
        changes.push(recorded.change);
        toggles.push(recorded.toggles);
      }
      this.#recorded[layer].forget();
    }
    return { changes, toggles };
  }

  /** Takes back all that was painted since the last commit or discard; gives the box that changed. */
  discard(): PixelBox {
    const box = this.touched;
    for (const layer of layerNames) {
      this.#recorded[layer].restore();
      this.#recorded[layer].forget();
    }
    return box;
  }
}

const otherOf = (layer: LayerName): LayerName => (layer === 'defect' ? 'ignore' : 'defect');
