/**
 * What a mask has to be, in plain arrays of pixels: after each edit, after each place in VS Code's stack, and
 * on top of which files with the person's consent.
 */
import type { Layers } from '../../protocol/mask/edits.ts';
import { machine } from './machine.ts';
import { areSamePixels, pixelsOfLayers } from './maskPixels.ts';
import type { Pixels } from './maskPixels.ts';
import { stampOf } from './maskServer.ts';

/** An edit in VS Code's stack, with the pixels on both sides of it. */
interface Entry {
  readonly before: Pixels;
  readonly after: Pixels;
  /** Entries of an earlier one are of pixels that were replaced. */
  readonly era: number;
}

/** What the dead leave behind. */
export interface Left {
  /** What may come back: the last one is what should, the others were there a moment before. */
  readonly pixels: readonly Pixels[];
  readonly hasEdits: boolean;
}

/** Milliseconds in which a stroke is in the journal, on the simulated machine. */
export const journalTime = 60;

export class MaskOracle {
  /** What is expected now, and what was before. */
  expected: Pixels;
  previous: Pixels;
  /** What edits that come back are on top of. */
  restoredOn: Pixels;
  /** What was expected, since when, and whether it was without edits of anybody. */
  #past: { readonly since: number; readonly pixels: Pixels; readonly isClean: boolean }[] = [];
  #entries: Entry[] = [];
  #at = -1;
  #era = 0;
  /** The document's own, of the same meaning. */
  #epoch = 0;
  /** Of the file that the edits are on top of, with the person's consent; with what was written on it since. */
  readonly #accepted = new Set<string>();
  /** Of each file that the edits were on top of since the document was opened. */
  readonly #bases = new Set<string>();
  readonly #files: ReadonlyMap<string, Layers>;

  /** `files`: all that the file ever held, by stamp. */
  constructor(file: Layers, files: ReadonlyMap<string, Layers>) {
    this.#files = files;
    this.expected = pixelsOfLayers(file);
    [this.previous, this.restoredOn] = [this.expected, this.expected];
    this.accept(stampOf(file));
  }

  expect(pixels: Pixels, isClean = false): void {
    const last = this.#past.at(-1);
    const isSame = last?.isClean === true && areSamePixels(last.pixels, pixels);
    this.#past.push({ since: machine.now, pixels, isClean: isClean || isSame });
    [this.previous, this.expected] = [this.expected, pixels];
  }

  /** A document begins; `stamp` of the file that it has read. */
  begin(shown: Pixels, file: Pixels | undefined, stamp: string | undefined, epoch: number): void {
    if (stamp !== undefined) {
      this.#bases.clear();
      this.accept(stamp);
    }
    [this.#entries, this.#at, this.#era, this.#epoch] = [[], -1, this.#era + 1, epoch];
    [this.#past, this.restoredOn] = [[], file ?? shown];
    this.expect(shown, file !== undefined && areSamePixels(shown, file));
  }

  /** VS Code has an edit on top of what it had, which led from `before` to what is expected. */
  push(at: number, before: Pixels): void {
    this.#at = at;
    this.#entries.splice(at);
    this.#entries[at] = { before, after: this.expected, era: this.#era };
  }

  /** An edit is undone or redone from a place; false where it is not on top of what it was made on. */
  turn(isUndo: boolean, at: number): boolean {
    const entry = this.#entries[isUndo ? at : at + 1];
    if (entry?.era !== this.#era) return true;
    const [from, to] = isUndo ? [entry.after, entry.before] : [entry.before, entry.after];
    const isOnTop = areSamePixels(from, this.expected);
    this.expect(to);
    return isOnTop;
  }

  /** VS Code stands here now. */
  stand(at: number): void {
    this.#at = at;
  }

  /** VS Code has forgotten the edits above the place where it stands. */
  cut(): void {
    this.#entries.length = Math.min(this.#entries.length, this.#at + 1);
  }

  /** The document has other pixels, and not by a step. */
  replace(pixels: Pixels, epoch: number): void {
    this.expect(pixels, true);
    const led = this.#pixelsAt;
    const isOther = led === undefined || !areSamePixels(led, pixels);
    // A document may leave steps out that would have fitted: after a revert in the middle of a save.
    if (isOther || epoch !== this.#epoch) this.#era += 1;
    this.#epoch = epoch;
  }

  /** Where VS Code's stack stands, as pixels; undefined where no edit says it. */
  get #pixelsAt(): Pixels | undefined {
    const [below, above] = [this.#entries[this.#at], this.#entries[this.#at + 1]];
    if (below?.era === this.#era) return below.after;
    return above?.era === this.#era ? above.before : undefined;
  }

  /** The edits are on top of this file now, as the person wants it. */
  accept(stamp: string): void {
    this.#accepted.clear();
    this.wrote(stamp);
  }

  /** A write has landed: that is known, whoever hears of it. */
  wrote(stamp: string): void {
    for (const stamps of [this.#accepted, this.#bases]) stamps.add(stamp);
  }

  isBase(stamp: string): boolean {
    return this.#bases.has(stamp);
  }

  /** What would be left if the host died now. */
  left(isDirty: boolean): Left {
    const recent = this.#past.findLastIndex(({ since }) => since <= machine.now - journalTime);
    const last = this.#past.slice(Math.max(0, recent));
    const isEdited = last.every(({ pixels, isClean }) => !isClean && this.#differs(pixels));
    return { pixels: last.map(({ pixels }) => pixels), hasEdits: isDirty && isEdited };
  }

  /** From each file that they could be on top of. */
  #differs(pixels: Pixels): boolean {
    const files = [...this.#accepted].flatMap((stamp) => this.#files.get(stamp) ?? []);
    return files.every((layers) => !areSamePixels(pixelsOfLayers(layers), pixels));
  }
}
