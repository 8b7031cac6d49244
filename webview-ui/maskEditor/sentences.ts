/** What a screen reader is told. */
import type { MaskTaste, MaskWords } from '../../protocol/maskEditor.ts';
import { countText, fill } from '../widgets/texts.ts';
import type { Counts } from './readings.ts';
import type { Point } from './view.ts';

/** How an edit changed the number of the mask's pixels; '' where it did not. */
export function editSentence(before: number, after: number, words: MaskWords): string {
  if (after === before) return '';
  return fill(after > before ? words.painted : words.erased, Math.abs(after - before));
}

export function describe(
  { area, regions, ignored }: Counts,
  { tool, brushSize }: MaskTaste,
  cursor: Point | null,
  words: MaskWords,
): string {
  const mask =
    area === 0
      ? words.describeEmpty
      : fill(words.describe, area, regions === null ? '?' : countText(regions), ignored);
  const parts = [mask, fill(words.describeTool, words[tool], brushSize)];
  if (cursor !== null) parts.push(fill(words.cursorAt, cursor.x, cursor.y));
  return parts.join(' ');
}
