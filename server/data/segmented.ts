/** Supervision N (docs/method.md, "Datasets"): which positive training images may use their masks. */
import { counted } from '../../protocol/counted.ts';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Sample } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { byName } from './fileTree.ts';
import { shuffled } from './sampler.ts';

/** Apart from the streams that draw splits and epochs. */
const supervisionStream = 0x5e9;

/** True if the sample's mask may be used for training when N allows it. */
export const maskUsable = (sample: Sample): boolean =>
  sample.label === 'defective' && sample.mask !== undefined && !sample.weak;

/**
 * The images whose masks are used: N of `positives` (the set for a smaller N lies inside that of a
 * larger one with the same seed), all with a usable mask, or a given list.
 * Throws a UserError when there are fewer, or when the list names an image without a usable mask.
 */
export function chooseSegmented(
  positives: readonly Sample[],
  wanted: number | 'all' | readonly string[],
  seed: number,
): Set<string> {
  const usable = positives
    .filter(maskUsable)
    .map((sample) => sample.image)
    .sort(byName);
  if (wanted === 'all') return new Set(usable);
  if (typeof wanted !== 'number') return listed(usable, wanted);
  if (wanted > usable.length) {
    throw new UserError(
      `--segmented ${wanted} asks for more masks than there are: ${counted(usable.length, 'defective training image has', 'defective training images have')} one that may be used.`,
    );
  }
  return new Set(shuffled(usable, xoroshiro128plus(seed ^ supervisionStream)).slice(0, wanted));
}

function listed(usable: readonly string[], wanted: readonly string[]): Set<string> {
  const known = new Set(usable);
  const missing = wanted.find((image) => !known.has(image));
  if (missing === undefined) return new Set(wanted);
  throw new UserError(
    `The list for --segmented names ${missing}, which is no defective training image with a usable mask; paths are relative to the dataset folder.`,
  );
}
