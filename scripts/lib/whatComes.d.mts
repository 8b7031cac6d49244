/** What whatComes.mjs offers, for the tests. */

export function whatComes(missing: {
  readonly packages: boolean;
  readonly host: boolean;
  readonly system: readonly string[];
}): string | undefined;
