/** What place.mjs offers, for the tests. */

export interface TestHost {
  readonly folder: string;
  readonly version: string;
  readonly node: string;
  readonly entry: string;
  readonly chromium: string;
}
