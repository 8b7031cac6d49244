/** What is odd about an image that can be read: told by inspect, before training and with predictions. */
import type { ImageNote } from './messages.ts';

/** Several pictures in the file. */
export function pageNotes(pages: number): ImageNote[] {
  if (pages <= 1) return [];
  const text = `has ${pages} pages; only the first is read: save each one as a file of its own`;
  return [{ kind: 'pages', text }];
}

/** Cameras of 12 bits write such values into 16. */
const mostOfTwelveBits = 4095;

/** Pixels of 16 bits that use the darkest part of their range alone. */
export function rangeNotes(data: Uint8Array | Uint16Array): ImageNote[] {
  if (data instanceof Uint8Array) return [];
  let largest = 0;
  for (const value of data) if (value > largest) largest = value;
  if (largest === 0 || largest > mostOfTwelveBits) return [];
  const text = `has 16 bits and no value above ${largest}, as cameras of 12 bits or less write, and is read as nearly black (values are divided by 65535); scale its values up to 65535`;
  return [{ kind: 'pixel-range', text }];
}
