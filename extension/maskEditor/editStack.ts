/**
 * Where VS Code stands in its stack of edits, to know when it takes the document for saved. It compares places
 * in the stack, not what they hold: after undoing past the save, as many other edits look saved to it; so does
 * a document restored from a backup whose first edit is undone.
 */
import type { Layers } from '../../protocol/mask/edits.ts';
import { areEqual } from './maskModel.ts';

export class EditStack {
  #length = 0;
  #at = 0;
  #savePoint = 0;
  /** What the edits up to the save point lead to; undefined where they are not there any more. */
  #leadTo: Layers | undefined;
  #isMarked = false;
  /** Reverted to a save point above all edits, it goes down without telling when there is something to undo. */
  #isVague = false;

  constructor(saved: Layers) {
    this.#leadTo = saved;
  }

  /** VS Code shows no dirty mark, as far as can be known. */
  get looksSaved(): boolean {
    return !this.#isMarked && (this.#isVague || this.#at === this.#savePoint);
  }

  push(): void {
    this.#length = Math.min(this.#at, this.#length) + 1;
    this.#at = this.#length;
    if (this.#savePoint >= this.#at) this.#leadTo = undefined;
  }

  undo(): void {
    this.#at -= 1;
  }

  redo(): void {
    this.#at += 1;
  }

  /** VS Code was told that something is not saved, whatever its stack says. */
  mark(): void {
    this.#isMarked = true;
  }

  /** What its edits lead to now, if it is known. */
  save(layers: Layers | undefined): void {
    [this.#savePoint, this.#isMarked, this.#leadTo] = [this.#at, false, layers];
    this.#isVague = this.#at > this.#length;
  }

  /** Whether the edits that are left lead to what the file holds. */
  revert(file: Layers): boolean {
    [this.#at, this.#isMarked] = [this.#savePoint, false];
    this.#isVague ||= this.#at > this.#length;
    this.#length = Math.min(this.#length, this.#at);
    return !this.#isVague && this.#leadTo !== undefined && areEqual(this.#leadTo, file);
  }
}
