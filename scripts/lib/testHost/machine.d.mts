/** What machine.mjs offers, for the tests. */

export function ensureSystemPackages(
  folder: string,
  mayInstall: (packages: readonly string[]) => Promise<boolean>,
): Promise<void>;
export function missingPackages(): string[];
export function checkPlatform(): void;
