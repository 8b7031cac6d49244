/** Where each resolved value of a run came from: what `segdec train --explain` shows and run.json keeps. */

export interface ExplainedValue {
  readonly name: string;
  readonly value: string;
  readonly from: string;
}

/** A value as it would be typed. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}

/** Where a value may come from, with what it says, if anything; the first that says something wins. */
export type Candidate<T> = readonly [from: string, value: T | undefined];

export class Origins {
  readonly #values = new Map<string, ExplainedValue>();

  /** The first candidate that says something, noted under `name`. The last one must. */
  pick<T>(name: string, ...candidates: readonly Candidate<T>[]): T {
    for (const [from, value] of candidates) {
      if (value === undefined) continue;
      this.note(name, value, from);
      return value;
    }
    throw new Error(`No candidate for ${name} has a value.`);
  }

  /** As pick; undefined, and nothing noted, when none says anything. */
  pickIfAny<T>(name: string, ...candidates: readonly Candidate<T>[]): T | undefined {
    return candidates.some(([, value]) => value !== undefined)
      ? this.pick(name, ...candidates)
      : undefined;
  }

  note(name: string, value: unknown, from: string): void {
    this.#values.set(name, { name, value: textOf(value), from });
  }

  /** All values, in the order in which they were resolved. */
  list(): ExplainedValue[] {
    return [...this.#values.values()];
  }

  /** Name → origin, for run.json. */
  record(): Record<string, string> {
    return Object.fromEntries(this.list().map(({ name, from }) => [name, from]));
  }
}
