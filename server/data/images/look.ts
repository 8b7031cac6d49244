/** An image read whole, for what is told of it: size, kind of pixels, pages, orientation. */
import { rangeNotes } from './imageNotes.ts';
import type { ImageLook } from './messages.ts';
import { openSource, rawOf, sizeOf } from './source.ts';

/** Throws an ImageError for an image that is not whole or not read. */
export async function lookAt(bytes: Buffer): Promise<ImageLook> {
  const source = await openSource(bytes);
  const { width, height, channels, bits } = source;
  const { orientation, notes } = await sizeOf(bytes);
  const look = { width, height, channels, bits, orientation, notes };
  if (bits === 16) {
    const { data } = await rawOf(source, source.image, channels);
    return { ...look, notes: [...notes, ...rangeNotes(data)] };
  }
  // Decoding to a tiny picture still reads the whole file, which shows where it is cut off.
  await rawOf(source, source.image.resize(16, 16, { fit: 'fill' }), 1);
  return look;
}
