/** Colours of the mask from the style sheet. */
import type { Rgb } from './renderMask.ts';

function read(name: string, otherwise: Rgb): Rgb {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const value = /^#([\da-f]{6})$/i.exec(text)?.[1];
  if (value === undefined) return otherwise;
  const number = Number.parseInt(value, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

export const maskColours = (): { readonly defect: Rgb; readonly ignore: Rgb } => ({
  defect: read('--mask-defect', [255, 59, 78]),
  ignore: read('--mask-ignore', [61, 155, 255]),
});
