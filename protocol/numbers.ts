/** Numbers that come from outside: as texts, and as values whose range must be known before they are used. */

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a text writes in decimal. Undefined for every other text (hexadecimal, blanks, NaN), and for
 * one that a double can only hold as infinite or, though it is not, as 0.
 */
export function decimalOf(text: string): number | undefined {
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  const lost = value === 0 && /[1-9]/.test(text.replace(/e.*$/i, ''));
  return Number.isFinite(value) && !lost ? value : undefined;
}

/** True for what a score, a threshold and a share may be: 0..1, never NaN. */
export const isShare = (value: number): boolean => value >= 0 && value <= 1;

/** The score or threshold that a text writes; undefined for anything but a decimal from 0 to 1. */
export function shareOf(text: string): number | undefined {
  const value = decimalOf(text);
  return value !== undefined && isShare(value) ? value : undefined;
}
