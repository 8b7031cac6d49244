/** Entries whose own names do not say their images: how many were found otherwise, said once. */
import { byCount, counted } from '../../../../protocol/counted.ts';
import type { Match } from './imageNames.ts';

type Way = NonNullable<Extract<Match, { readonly image: string }>['by']>;

const ways: Readonly<Record<Way, (count: number, first: string) => string>> = {
  'plain name': (count, first) =>
    `${counted(count, 'entry was taken by its name', 'entries were taken by their names')} without the hash that a tool puts there (${first}); check that the tool did not crop or turn the images.`,
  'other name': (count, first) =>
    `${counted(count, 'entry names an image that is not there, and was taken by its second name', 'entries name images that are not there, and were taken by their second names')} (${first}); check that the ${byCount(count, 'image is', 'images are')} the same.`,
};

export class FoundNames {
  /** How many, and the first with its image. */
  readonly #found = new Map<Way, { count: number; readonly first: string }>();

  add(way: Way, place: string, image: string): void {
    const known = this.#found.get(way);
    if (known === undefined) this.#found.set(way, { count: 1, first: `${place} for ${image}` });
    else known.count += 1;
  }

  sentences(): string[] {
    return [...this.#found].map(([way, { count, first }]) => ways[way](count, first));
  }
}
