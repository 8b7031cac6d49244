/** Texts that depend on a count, in one place, so that nothing says "1 cells". */

/** The text for one, or the one for any other number: both are given whole, as translations need them. */
export const byCount = (count: number, one: string, many: string): string =>
  count === 1 ? one : many;

/** A count with its noun in English: "1 cell", "3 cells", "2 classes". */
export const counted = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${byCount(count, noun, nouns)}`;
