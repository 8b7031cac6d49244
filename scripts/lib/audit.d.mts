/** What audit.mjs offers, for the tests. */

export interface Entry {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export const bundled: readonly string[];
export function shippedPlaces(entries: Readonly<Record<string, Entry>>): Set<string>;
