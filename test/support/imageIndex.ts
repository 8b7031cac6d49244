/** An index of images as the server builds it, at once. */
import type { Sample } from '../../protocol/dataset.ts';
import { ImageIndex } from '../../server/language/project/imageIndex.ts';
import type { ShownScores } from '../../server/language/project/imageIndex.ts';

/** `samples` sorted by image. */
export function indexed(
  version: number,
  samples: readonly Sample[],
  shown?: ShownScores,
): ImageIndex {
  const index = new ImageIndex(version, shown);
  for (const sample of samples) index.add(sample);
  return index;
}
