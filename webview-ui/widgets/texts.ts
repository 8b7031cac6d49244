/** Texts with values in them, and numbers as the page's language writes them. */

/** Puts values in the place of {0}, {1} … */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : typeof value === 'number' ? countText(value) : value;
  });
}

/** A whole number with its separators. */
export const countText = (value: number): string => value.toLocaleString();

/** A score or an average precision: three decimals. */
export function scoreText(value: number): string {
  return value.toFixed(3);
}

/** A loss: as many digits as tell it from its neighbours. */
export function lossText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1000 || size < 1e-4) return value.toExponential(3);
  return value.toPrecision(4);
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
