/** The shared material beside a checkout (real images, all fixtures): tests that need it skip where it is missing. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface SharedPlace {
  /** Absolute. */
  readonly path: string;
  readonly missing: boolean;
  /** For the test's name: says why it is skipped, if it is. */
  readonly note: string;
}

/** A place in `../shared`, or where SEGDEC_SHARED points. */
export function shared(...parts: readonly string[]): SharedPlace {
  const path = join(resolve(process.env['SEGDEC_SHARED'] ?? '../shared'), ...parts);
  const missing = !existsSync(path);
  return { path, missing, note: missing ? ` (skipped: ${path} is missing)` : '' };
}
