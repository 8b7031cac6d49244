/**
 * Edits on their way: painted here at once, sent to the document, and known by it or not. Without an answer in
 * time nobody is there (the extension host died; VS Code leaves the page open): painting stops.
 */
import type {
  FromMaskEditor,
  MaskAction,
  MaskTool,
  ToMaskEditor,
} from '../../protocol/maskEditor.ts';
import type { PixelBox } from '../../protocol/mask/bits.ts';
import type { Edit } from './ledger.ts';
import { boxOf, Ledger } from './ledger.ts';
import { MaskSurface } from './tools/surface.ts';

/** Milliseconds without an answer after which nobody is there. */
const patience = 2000;

export interface EditingTarget {
  post(message: FromMaskEditor): void;
  /** Pixels look different now. */
  changed(box: PixelBox): void;
  /** Nobody answers any more, or somebody does again. */
  lost(isLost: boolean): void;
}

export class Editing {
  readonly ledger: Ledger;
  readonly surface: MaskSurface;
  readonly #target: EditingTarget;
  readonly #waiting = new Map<number, ReturnType<typeof setTimeout>>();
  #isLost = false;

  constructor(width: number, height: number, target: EditingTarget) {
    this.ledger = new Ledger(width, height);
    this.surface = new MaskSurface(this.ledger.layers);
    this.#target = target;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends what was painted on the surface; gives how many pixels of the mask it added or took. */
  commit(tool: MaskTool | MaskAction): PixelBox | undefined {
    const { changes, toggles } = this.surface.commit();
    if (changes.length === 0) return undefined;
    this.#send(this.ledger.note({ tool, changes }, toggles), { tool, changes });
    return boxOf(toggles);
  }

  /** Takes back what is painted and not committed. */
  discard(): void {
    this.#changed(this.surface.discard());
  }

  /** Paints kept edits again. */
  repeat(edits: readonly Edit[]): void {
    for (const edit of edits) {
      const painted = this.ledger.paint(edit);
      if (painted === undefined) continue;
      this.#send(painted.id, edit);
      this.#changed(painted.box);
    }
  }

  /** Throws a RangeError for what does not fit the image. */
  take(message: Extract<ToMaskEditor, { type: 'layers' | 'applied' | 'refused' }>): void {
    const { layers } = this.ledger;
    const { width, height } = layers.defect;
    switch (message.type) {
      case 'layers':
        this.surface.discard();
        this.ledger.load(message);
        this.#target.changed({ x: 0, y: 0, width, height });
        return;
      case 'applied':
        if (message.id !== null) this.#heard(message.id);
        this.#changed(this.ledger.applied(message));
        return;
      case 'refused':
        this.#heard(message.id);
        this.#changed(this.ledger.refused(message.id));
    }
  }

  #send(id: number, { tool, changes }: Edit): void {
    const timer = setTimeout(() => this.#hearing(true), patience);
    this.#waiting.set(id, timer);
    this.#target.post({
      ...{ type: 'edit', version: this.ledger.version, id, tool },
      changes: [...changes],
    });
  }

  #heard(id: number): void {
    const timer = this.#waiting.get(id);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#waiting.delete(id);
    this.#hearing(false);
  }

  #hearing(isLost: boolean): void {
    if (this.#isLost === isLost) return;
    this.#isLost = isLost;
    this.#target.lost(isLost);
  }

  #changed(box: PixelBox): void {
    if (box.width > 0 && box.height > 0) this.#target.changed(box);
  }
}
