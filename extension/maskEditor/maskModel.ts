/**
 * The bits of an open mask, with their version and the point of the last save. Knows nothing of VS Code,
 * which keeps the stack of edits itself: a step remembers its toggles, and doing it again undoes it.
 */
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { LayerChange, LayerName, LayerToggles, Layers } from '../../protocol/mask/edits.ts';
import { applyChanges, applyToggles, layerNames } from '../../protocol/mask/edits.ts';
import { encodeRuns } from '../../protocol/mask/runs.ts';

/** An edit in VS Code's stack. */
export interface MaskStep {
  readonly toggles: readonly LayerToggles[];
  /** Which bits it belongs to: after other ones were read from the file it means nothing. */
  readonly epoch: number;
}

/** Layers of bytes as MaskBits gives them; null is an empty layer. */
export function layersOf(
  width: number,
  height: number,
  { defect, ignore }: { readonly defect: Uint8Array | null; readonly ignore: Uint8Array | null },
): Layers {
  const layer = (bytes: Uint8Array | null): MaskBits =>
    bytes === null ? new MaskBits(width, height) : MaskBits.fromBytes(width, height, bytes);
  return { defect: layer(defect), ignore: layer(ignore) };
}

export const copyLayers = ({ defect, ignore }: Layers): Layers => ({
  defect: defect.clone(),
  ignore: ignore.clone(),
});

export const areEqual = (a: Layers, b: Layers): boolean =>
  layerNames.every((name) => a[name].equals(b[name]));

const wholeOf = (layer: LayerName, bits: MaskBits): LayerToggles[] => {
  const box = { x: 0, y: 0, width: bits.width, height: bits.height };
  const runs = encodeRuns(bits, box);
  return runs.length === 0 ? [] : [{ layer, box, runs }];
};

/** The toggles that make these layers of empty ones. */
export const togglesOf = (layers: Layers): LayerToggles[] =>
  layerNames.flatMap((name) => wholeOf(name, layers[name]));

/** The toggles that make `to` of `from`; both have the same size. */
export function togglesBetween(from: Layers, to: Layers): LayerToggles[] {
  return layerNames.flatMap((name) => {
    const turned = from[name].clone();
    const { words } = turned;
    const wanted = to[name].words;
    for (let place = 0; place < words.length; place += 1) {
      words[place] = (words[place] ?? 0) ^ (wanted[place] ?? 0);
    }
    return wholeOf(name, turned);
  });
}

export class MaskModel {
  #layers: Layers;
  #saved: Layers;
  #version = 0;
  #epoch = 0;

  /** Takes the layers as its own; `saved` is what the file holds, where that differs. */
  constructor(layers: Layers, saved: Layers = copyLayers(layers)) {
    this.#layers = layers;
    this.#saved = saved;
  }

  /** To read, not to change. */
  get layers(): Layers {
    return this.#layers;
  }

  /** What the file held when it was last read or written. */
  get saved(): Layers {
    return this.#saved;
  }

  /** Grows with every change of bits. */
  get version(): number {
    return this.#version;
  }

  /** Changes when steps of before mean nothing any more. */
  get epoch(): number {
    return this.#epoch;
  }

  get isEmpty(): boolean {
    return layerNames.every((name) => this.#layers[name].isEmpty);
  }

  /** Does a change on the bits as they are now. A RangeError, and nothing changed, for one that does not fit. */
  apply(changes: readonly LayerChange[]): MaskStep {
    const toggles = applyChanges(this.#layers, changes);
    if (toggles.length > 0) this.#version += 1;
    return { toggles, epoch: this.#epoch };
  }

  /** Turns pixels over as a step of its own. */
  toggle(toggles: readonly LayerToggles[]): MaskStep {
    applyToggles(this.#layers, toggles);
    this.#version += 1;
    return { toggles, epoch: this.#epoch };
  }

  /** Undoes or redoes a step. False, and nothing changed, for a step of bits that were replaced since. */
  turn({ toggles, epoch }: MaskStep): boolean {
    if (epoch !== this.#epoch) return false;
    this.toggle(toggles);
    return true;
  }

  /** The file now holds these layers (a copy of the bits at some time). */
  markSaved(layers: Layers): void {
    this.#saved = layers;
  }

  /** Takes the bits of the file instead of its own. `keepsSteps`: those up to the last save lead to them. */
  replace(layers: Layers, keepsSteps = true): void {
    // They are VS Code's to undo still, as long as the file is what was saved.
    if (!keepsSteps || !areEqual(layers, this.#saved)) this.#epoch += 1;
    this.#layers = copyLayers(layers);
    this.#saved = layers;
    this.#version += 1;
  }
}
