/** The masks of one image that lie in several files, as one. */
import { ImageError } from './imageError.ts';
import type { MaskPixels } from './messages.ts';

/** What either marks. Throws an ImageError for masks of different sizes. */
export function united(one: MaskPixels, other: MaskPixels, path: string): MaskPixels {
  if (one.width !== other.width || one.height !== other.height) {
    throw new ImageError(
      'unreadable',
      `The mask ${path} is ${other.width}x${other.height}, another of the same image ${one.width}x${one.height}; give them one size.`,
    );
  }
  return {
    ...one,
    data: one.data.map((value, i) => (value === 1 || other.data[i] === 1 ? 1 : 0)),
    notes: [...one.notes, ...other.notes],
    isPhoto: one.isPhoto === true || other.isPhoto === true,
  };
}
