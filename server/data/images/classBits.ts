/**
 * Masks whose colours are classes, as Pascal VOC has them: entry 0 of the palette (or black) is the background,
 * entry 255 (or a pale yellow) is void, whatever else is an object.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { ClassBytes } from './messages.ts';
import { paletteOf } from './pngPalette.ts';
import type { Colour } from './pngPalette.ts';
import { mostPixelsByRows, openSource, rawOf } from './source.ts';
import type { Source } from './source.ts';

/** Pixels decoded at once. */
const portion = 2 ** 25;

const black: Colour = [0, 0, 0];
const voidColour: Colour = [224, 224, 192];
/** Of grey files, whose values are the classes. */
const voidGrey: Colour = [255, 255, 255];

const isSame = (a: Colour, b: Colour): boolean => a.every((value, i) => value === b[i]);

/** True for a palette with a second entry like its first; equal entries at its end only fill it up. */
function isAmbiguous(palette: readonly Colour[]): boolean {
  const [background = black, ...others] = palette;
  const last = others.findLastIndex((colour) => !isSame(colour, background));
  if (last < 0) return others.length > 0;
  return others.slice(0, last).some((colour) => isSame(colour, background));
}

/** Bits of a PNG's values, which are spread over 0 to 255 where there are fewer than 8. */
const depthOf = (bytes: Buffer): number => (bytes[0] === 0x89 ? (bytes[24] ?? 8) : 8);

interface Known {
  readonly background: Colour;
  readonly void: Colour | undefined;
}

/** What the colours mean; values of a grey file are classes, and with fewer than 8 bits there is no 255. */
function meaningOf(bytes: Buffer, palette: readonly Colour[] | undefined, source: Source): Known {
  if (palette !== undefined) {
    return { background: palette[0] ?? black, void: palette[255] ?? voidColour };
  }
  if (source.channels === 1) {
    return { background: black, void: depthOf(bytes) < 8 ? undefined : voidGrey };
  }
  const [red, green, blue] = voidColour.map((value) => (source.bits === 16 ? 257 : 1) * value);
  return { background: black, void: [red ?? 0, green ?? 0, blue ?? 0] };
}

/** Which pixels of some rows can be seen; undefined where all can. */
async function opaqueIn(
  bytes: Buffer,
  top: number,
  rows: number,
): Promise<((pixel: number) => boolean) | undefined> {
  const source = await openSource(bytes, mostPixelsByRows);
  if (!source.hasAlpha) return undefined;
  const { width, height } = source;
  const part =
    rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
  const data = await part.ensureAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer();
  return (pixel) => (data[4 * pixel + 3] ?? 0) >= 128;
}

/** The pixels of objects, and those of void. */
export async function readClassBits(bytes: Buffer): Promise<ClassBytes> {
  const first = await openSource(bytes, mostPixelsByRows);
  const { width, height, hasAlpha } = first;
  const palette = paletteOf(bytes)?.colours;
  const known = meaningOf(bytes, palette, first);
  const [marked, empty] = [new MaskBits(width, height), new MaskBits(width, height)];
  const atOnce = Math.max(1, Math.floor(portion / width));
  for (let top = 0; top < height; top += atOnce) {
    // As in maskRows.ts: each part is decoded from the file's begin.
    const source = await openSource(bytes, mostPixelsByRows);
    const rows = Math.min(atOnce, height - top);
    const part =
      rows === height ? source.image : source.image.extract({ left: 0, top, width, height: rows });
    const { data, channels: planes } = await rawOf(source, part, source.channels);
    const isOpaque = hasAlpha ? await opaqueIn(bytes, top, rows) : undefined;
    const isColour = (at: number, colour: Colour | undefined): boolean =>
      colour !== undefined &&
      data[at] === colour[0] &&
      (planes === 1 || (data[at + 1] === colour[1] && data[at + 2] === colour[2]));
    for (let pixel = 0; pixel < width * rows; pixel += 1) {
      const at = planes * pixel;
      if (isColour(at, known.background) || isOpaque?.(pixel) === false) continue;
      const x = pixel % width;
      const bits = isColour(at, known.void) ? empty : marked;
      bits.fill(top + Math.floor(pixel / width), x, x + 1, true);
    }
  }
  // A grey file of 0 and 255 alone is a mask of one class: 255 is its object.
  const isPlain = first.channels === 1 && palette === undefined && marked.isEmpty;
  return {
    ...{ width, height, isAmbiguous: palette !== undefined && isAmbiguous(palette) },
    marked: (isPlain ? empty : marked).bytes,
    void: (isPlain ? marked : empty).bytes,
  };
}
