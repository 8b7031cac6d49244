/** What the grid says in whole sentences: for screen readers, who see no badges. */
import { shownName } from '../../protocol/explorer.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import type { GridWords, Mark } from '../../protocol/webview.ts';
import { countText, fileName, fill, scoreText } from '../widgets/texts.ts';

/** All that is known of an image. */
export function describe(item: ImageItem, words: GridWords): string {
  const { state, score, outcome, kind } = item;
  const parts = [
    shownName(item),
    words[state],
    score === null ? words.noScore : fill(words.score, scoreText(score)),
  ];
  if (outcome !== '') parts.push(words[outcome]);
  if (kind !== '') parts.push(kind);
  return parts.join(', ');
}

/** What marking came to. */
export function markedSentence(mark: Mark, images: readonly string[], words: GridWords): string {
  const [first = ''] = images;
  const one = images.length === 1;
  const what = one ? fileName(first) : countText(images.length);
  if (mark === 'clear') return fill(one ? words.cleared : words.clearedMany, what);
  const label = mark === 'ok' ? words.markOk : words.markDefective;
  return fill(one ? words.marked : words.markedMany, what, label);
}
