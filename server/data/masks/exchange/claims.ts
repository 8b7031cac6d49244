/**
 * Which entries of a source may have an image: one that names its path goes before those that fit by name alone,
 * whatever their order, and of several that fit by name alone none is taken. Holds names, never pixels.
 */
import { counted } from '../../../../protocol/counted.ts';
import { layerNames } from '../openMask.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import type { ImageNames } from './imageNames.ts';

interface ByName {
  count: number;
  /** The first ones. */
  readonly places: string[];
}

/** Places that a sentence names. */
const mostPlaces = 3;

const keysOf = ({ layer }: SourceEntry, image: string): string[] =>
  (layer === undefined ? layerNames : [layer]).map((name) => `${name} ${image}`);

export class Claims {
  /** Where the entry stands that names an image's path. */
  readonly #exact = new Map<string, string>();
  readonly #byName = new Map<string, ByName>();

  /** Reads the names of a source. */
  static async of(source: MaskSource, names: ImageNames, signal: AbortSignal): Promise<Claims> {
    const claims = new Claims();
    try {
      for await (const entry of source.entries(signal)) {
        signal.throwIfAborted();
        claims.#add(entry, names);
      }
    } catch {
      // What ends the names here ends the entries at the same place, where it is told.
    }
    return claims;
  }

  #add(entry: SourceEntry, names: ImageNames): void {
    const match = names.matchOf(entry);
    if (!('image' in match)) return;
    for (const key of keysOf(entry, match.image)) {
      if (match.isExact) {
        if (!this.#exact.has(key)) this.#exact.set(key, entry.place);
        continue;
      }
      const known = this.#byName.get(key) ?? { count: 0, places: [] };
      known.count += 1;
      if (known.places.length < mostPlaces) known.places.push(entry.place);
      this.#byName.set(key, known);
    }
  }

  /** Why an entry that fits an image by name alone does not get it; undefined when it does. */
  refusal(entry: SourceEntry, image: string): string | undefined {
    for (const key of keysOf(entry, image)) {
      const exact = this.#exact.get(key);
      if (exact !== undefined) {
        return `only its file name fits ${image}, and ${exact} has its whole path; leave one of the two out`;
      }
      const { count, places } = this.#byName.get(key) ?? { count: 0, places: [] };
      if (count < 2) continue;
      const some = `${places.join(', ')}${count > places.length ? ', …' : ''}`;
      return `${counted(count, 'entry', 'entries')} fit ${image} by the file name alone (${some}); give whole paths in the dataset`;
    }
    return undefined;
  }
}
