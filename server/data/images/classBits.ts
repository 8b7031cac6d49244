/**
 * Masks whose colours are classes, as Pascal VOC has them: entry 0 of the palette (or black) is the background,
 * entry 255 (or a pale yellow) is void, whatever else is an object.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { ClassBytes } from './messages.ts';
import { mostPixelsByRows, openSource, rawOf } from './source.ts';

/** Pixels decoded at once. */
const portion = 2 ** 25;

type Colour = readonly [number, number, number];

const black: Colour = [0, 0, 0];
const voidColour: Colour = [224, 224, 192];
/** Of grey files, whose values are the classes. */
const voidGrey: Colour = [255, 255, 255];

/** The colours of entries 0 and 255 of a PNG's palette; undefined without one. */
function paletteOf(bytes: Buffer): { background: Colour; void: Colour } | undefined {
  if (bytes[0] !== 0x89) return undefined;
  // Chunks follow the signature: length, name, content, checksum.
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'IDAT') return undefined;
    if (name !== 'PLTE') continue;
    const colours = bytes.subarray(at + 8, at + 8 + Math.min(768, bytes.readUInt32BE(at)));
    const colour = (entry: number): Colour | undefined => {
      const [red, green, blue] = colours.subarray(3 * entry, 3 * entry + 3);
      return red === undefined || green === undefined || blue === undefined
        ? undefined
        : [red, green, blue];
    };
    return { background: colour(0) ?? black, void: colour(255) ?? voidColour };
  }
  return undefined;
}

/** The pixels of objects, and those of void. */
export async function readClassBits(bytes: Buffer): Promise<ClassBytes> {
  const { width, height, channels } = await openSource(bytes, mostPixelsByRows);
  const grey = { background: black, void: voidGrey };
  const known =
    paletteOf(bytes) ?? (channels === 1 ? grey : { background: black, void: voidColour });
  const [marked, empty] = [new MaskBits(width, height), new MaskBits(width, height)];
  const atOnce = Math.max(1, Math.floor(portion / width));
  for (let top = 0; top < height; top += atOnce) {
    // As in maskBits.ts: each part is decoded from the file's begin.
    const source = await openSource(bytes, mostPixelsByRows);
    const rows = Math.min(atOnce, height - top);
    const part =
      rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
    const { data, channels: planes } = await rawOf(source, part, source.channels);
    const isColour = (at: number, [red, green, blue]: Colour): boolean =>
      data[at] === red && (planes === 1 || (data[at + 1] === green && data[at + 2] === blue));
    for (let pixel = 0; pixel < width * rows; pixel += 1) {
      const at = planes * pixel;
      if (isColour(at, known.background)) continue;
      const x = pixel % width;
      const bits = isColour(at, known.void) ? empty : marked;
      bits.fill(top + Math.floor(pixel / width), x, x + 1, true);
    }
  }
  return { width, height, marked: marked.bytes, void: empty.bytes };
}
