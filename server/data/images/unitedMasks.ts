/** The masks of one image that lie in several files, as one. */
import { ImageError } from './imageError.ts';
import type { MaskPixels } from './messages.ts';

/** What either marks. Throws an ImageError for masks of different sizes. */
function united(one: MaskPixels, other: MaskPixels, path: string): MaskPixels {
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

/** What `first` marks, or any of the further files of the same image, read one by one. Throws as `read` and united do. */
export async function withMore(
  first: MaskPixels,
  more: readonly string[] | undefined,
  read: (path: string) => Promise<MaskPixels>,
): Promise<MaskPixels> {
  let union = first;
  for (const path of more ?? []) union = united(union, await read(path), path);
  return union;
}
