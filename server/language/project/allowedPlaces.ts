/** The places outside of projects that the person has named, by project; none while the workspace is not trusted. */
import { resolve } from 'node:path';

export class AllowedPlaces {
  readonly #isTrusted: () => boolean;
  readonly #places = new Map<string, Set<string>>();

  constructor(isTrusted: () => boolean) {
    this.#isTrusted = isTrusted;
  }

  get isTrusted(): boolean {
    return this.#isTrusted();
  }

  allow(project: string, place: string): void {
    const key = resolve(project);
    const known = this.#places.get(key);
    if (known === undefined) this.#places.set(key, new Set([place]));
    else known.add(place);
  }

  of(project: string): readonly string[] {
    return this.#isTrusted() ? [...(this.#places.get(resolve(project)) ?? [])] : [];
  }
}
