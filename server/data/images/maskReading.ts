/**
 * The one reading of masks (docs/pixels.md), whatever program saved them: which pixels are marked, and what was
 * assumed to tell. Datasets, imports, ignore masks and the mask editor all read by it.
 */
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { valueRule } from './maskRule.ts';
import { openMaskFile, runEnd } from './maskRows.ts';
import type { MaskFile, MaskRows } from './maskRows.ts';
import type { MaskNote, MaskPixels, ReadMask } from './messages.ts';
import { ValueSurvey } from './valueSurvey.ts';
import { mostPixels, mostPixelsByRows } from './source.ts';

/** What is known of the values, and the rows themselves where they were read at once. */
async function surveyed(file: MaskFile): Promise<{ survey: ValueSurvey; whole?: MaskRows }> {
  const survey = new ValueSurvey(file);
  let whole: MaskRows | undefined;
  for await (const part of file.rows()) {
    survey.add(part);
    if (part.rows === file.height) whole = part;
  }
  return { survey, ...(whole === undefined ? {} : { whole }) };
}

/** Sets the marked pixels, run by run. */
function mark(
  bits: MaskBits,
  part: MaskRows,
  isMarked: (value: number, isSeen: boolean) => boolean,
): void {
  const { top, rows, values, seen } = part;
  const { width } = bits;
  for (let y = 0; y < rows; y += 1) {
    const row = y * width;
    for (let from = row, end; from < row + width; from = end) {
      end = runEnd(part, from, row + width);
      const isSeen = seen === undefined || seen[from] === 1;
      if (isMarked(values[from] ?? 0, isSeen)) bits.fill(top + y, from - row, end - row, true);
    }
  }
}

/** Beyond this share of the pixels a mask may mean the opposite. */
const mostShare = 0.5;

function invertedNote(marked: number, pixels: number): MaskNote[] {
  if (marked <= mostShare * pixels) return [];
  const percent = Math.min(100, Math.round((100 * marked) / pixels));
  const text = `marks ${percent} % of the image; if it marks what is good, invert it`;
  return [{ kind: 'mask-inverted', severity: 'warning', text }];
}

async function readBits(bytes: Buffer, most: number) {
  const file = await openMaskFile(bytes, most);
  const { width, height, pages } = file;
  const { survey, whole } = await surveyed(file);
  const { isMarked, notes } = valueRule(file, survey);
  const bits = new MaskBits(width, height);
  if (whole === undefined) {
    for await (const part of file.rows()) mark(bits, part, isMarked);
  } else mark(bits, whole, isMarked);
  const morePages: MaskNote[] =
    pages > 1
      ? [{ kind: 'pages', severity: 'warning', text: `has ${pages} pages; only the first is read` }]
      : [];
  const inverted = invertedNote(bits.count(), width * height);
  return { bits, isPhoto: survey.isPhoto, notes: [...morePages, ...notes, ...inverted] };
}

/** A mask's file as bits. Throws an ImageError. */
export async function readMaskBits(bytes: Buffer): Promise<ReadMask> {
  const { bits, isPhoto, notes } = await readBits(bytes, mostPixelsByRows);
  return { width: bits.width, height: bits.height, bytes: bits.bytes, isPhoto, notes };
}

/** A mask's file as pixels. Throws an ImageError. */
export async function readMask(bytes: Buffer): Promise<MaskPixels> {
  const { bits, isPhoto, notes } = await readBits(bytes, mostPixels);
  const { width, height } = bits;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (bits.has(x, y)) data[y * width + x] = 1;
  }
  return { data, width, height, isPhoto, notes };
}
