/**
 * The page's own copy of the mask, and the edits that the document has not answered yet. What is painted shows
 * at once; the answer replaces what the page turned over by what the document did. Toggles commute, so that
 * answers, edits of other views and one's own strokes end alike in any order.
 */
import type { ToMaskEditor } from '../../protocol/maskEditor.ts';
import type { MaskAction, MaskTool } from '../../protocol/maskEditor.ts';
import { MaskBits, unionOf } from '../../protocol/mask/bits.ts';
import type { PixelBox } from '../../protocol/mask/bits.ts';
import type { LayerChange, Layers, LayerToggles } from '../../protocol/mask/edits.ts';
import { applyChanges, applyToggles } from '../../protocol/mask/edits.ts';

export interface Edit {
  readonly tool: MaskTool | MaskAction;
  readonly changes: readonly LayerChange[];
}

interface Waiting extends Edit {
  /** What the edit turned over on the page. */
  own: readonly LayerToggles[];
}

type Message<T extends ToMaskEditor['type']> = Extract<ToMaskEditor, { type: T }>;

const nothing: PixelBox = { x: 0, y: 0, width: 0, height: 0 };

export const boxOf = (parts: readonly { readonly box: PixelBox }[]): PixelBox =>
  parts.reduce((all, { box }) => unionOf(all, box), nothing);

export class Ledger {
  readonly layers: Layers;
  readonly #waiting = new Map<number, Waiting>();
  #version = 0;
  #last = 0;
  /** The document's mask has been seen. */
  isLoaded = false;

  constructor(width: number, height: number) {
    this.layers = { defect: new MaskBits(width, height), ignore: new MaskBits(width, height) };
  }

  get version(): number {
    return this.#version;
  }

  /** Edits without an answer, oldest first. */
  get pending(): readonly Edit[] {
    return [...this.#waiting.values()].map(({ tool, changes }) => ({ tool, changes }));
  }

  /** Notes an edit that is painted already, as `own`; gives its number. */
  note(edit: Edit, own: readonly LayerToggles[]): number {
    this.#last += 1;
    this.#waiting.set(this.#last, { ...edit, own });
    return this.#last;
  }

  /** Paints an edit and notes it; undefined if it does not fit this image or changes nothing. */
  paint(edit: Edit): { readonly id: number; readonly box: PixelBox } | undefined {
    try {
      const own = applyChanges(this.layers, edit.changes);
      return own.length === 0 ? undefined : { id: this.note(edit, own), box: boxOf(own) };
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The whole mask. Strokes on their way stay painted. Throws a RangeError for another size. */
  load({ version, defect, ignore }: Message<'layers'>): void {
    const { width, height } = this.layers.defect;
    const read = (bytes: Uint8Array | null): MaskBits =>
      bytes === null ? new MaskBits(width, height) : MaskBits.fromBytes(width, height, bytes);
    // Both are read before one is changed.
    const next: Layers = { defect: read(defect), ignore: read(ignore) };
    this.layers.defect.words.set(next.defect.words);
    this.layers.ignore.words.set(next.ignore.words);
    for (const edit of this.#waiting.values()) {
      edit.own = applyChanges(this.layers, edit.changes);
    }
    this.#version = version;
    this.isLoaded = true;
  }

  /** What the document did; gives what looks different now. */
  applied({ version, id, toggles }: Message<'applied'>): PixelBox {
    const own = (id === null ? undefined : this.#take(id)) ?? [];
    // The document's first: if they do not fit, the stroke is not lost as well.
    try {
      applyToggles(this.layers, toggles);
    } finally {
      applyToggles(this.layers, own);
    }
    this.#version = version;
    return unionOf(boxOf(own), boxOf(toggles));
  }

  /** Takes an edit back. */
  refused(id: number): PixelBox {
    const own = this.#take(id) ?? [];
    applyToggles(this.layers, own);
    return boxOf(own);
  }

  #take(id: number): readonly LayerToggles[] | undefined {
    const own = this.#waiting.get(id)?.own;
    this.#waiting.delete(id);
    return own;
  }
}
