/** The images of one listing as far as they came: pages where they were wanted, names where only those were. */
import type { ImageItem } from '../../protocol/explorer.ts';
import { gridPage } from '../../protocol/webview.ts';
import type { Range, Ranges } from './ranges.ts';
import { positionsOf, rangesOf } from './ranges.ts';

export class Pages {
  readonly version: number;
  readonly total: number;
  readonly #items = new Map<number, ImageItem>();
  readonly #names = new Map<number, string>();
  readonly #positions = new Map<string, number>();
  readonly #asked = new Set<number>();

  constructor(version: number, total: number) {
    this.version = version;
    this.total = total;
  }

  item(position: number): ImageItem | undefined {
    return this.#items.get(position);
  }

  name(position: number): string | undefined {
    return this.#names.get(position);
  }

  /** Where an image is, if it came already. */
  positionOf(image: string): number | undefined {
    return this.#positions.get(image);
  }

  take(offset: number, items: readonly ImageItem[]): void {
    items.forEach((item, i) => {
      this.#items.set(offset + i, item);
      this.#keepName(offset + i, item.image);
    });
  }

  takeNames(from: number, names: readonly string[]): void {
    names.forEach((name, i) => this.#keepName(from + i, name));
  }

  /** Images that changed where they are. */
  update(items: readonly ImageItem[]): void {
    for (const item of items) {
      const position = this.#positions.get(item.image);
      if (position !== undefined && this.#items.has(position)) this.#items.set(position, item);
    }
  }

  /** Offsets of the pages that some positions need and that nobody asked for yet; they count as asked from now on. */
  ask([from, to]: Range): number[] {
    const offsets: number[] = [];
    const end = Math.min(to, this.total);
    for (let page = Math.floor(Math.max(0, from) / gridPage); page * gridPage < end; page += 1) {
      const offset = page * gridPage;
      if (this.#asked.has(offset)) continue;
      this.#asked.add(offset);
      offsets.push(offset);
    }
    return offsets;
  }

  /** True if all of some positions came. */
  has([from, to]: Range): boolean {
    for (let position = Math.max(0, from); position < Math.min(to, this.total); position += 1) {
      if (!this.#items.has(position)) return false;
    }
    return true;
  }

  /** The names of positions, as far as they are known. */
  namesOf(ranges: Ranges): string[] {
    return [...positionsOf(ranges)].flatMap((position) => this.#names.get(position) ?? []);
  }

  /** The positions whose names are not known. */
  nameless(ranges: Ranges): Ranges {
    const positions = [...positionsOf(ranges)];
    return rangesOf(positions.filter((position) => !this.#names.has(position)));
  }

  #keepName(position: number, name: string): void {
    this.#names.set(position, name);
    this.#positions.set(name, position);
  }
}
