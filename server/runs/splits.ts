/** Which samples train, validate and test: the dataset's splits with the validation rule applied. */
import type { Label, Sample, Split } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { placeOf } from '../data/drawnSplit.ts';
import type { ValidationRule } from './runFile.ts';

/** Apart from the sampler's stream, which is seeded by the run's seed itself. */
const validationStream = 0x5eed;

/** True for what trains and is judged; the rest is only predicted. */
export const isLabelled = ({ label }: Pick<Sample, 'label'>): boolean =>
  label === 'ok' || label === 'defective';

/** Labelled samples of a split, in the dataset's order. */
export function labelledOf(samples: readonly Sample[], split: Split): Sample[] {
  return samples.filter((sample) => sample.split === split && isLabelled(sample));
}

/**
 * Images of train to hold out: about the fraction of each label, each by its own name, so that no other image moves
 * when one comes or goes. Where that would be none or all of a label, the one that is nearest is held out, or stays.
 */
function heldOut(samples: readonly Sample[], fraction: number, seed: number): Set<string> {
  const chosen = new Set<string>();
  for (const label of ['ok', 'defective'] satisfies Label[]) {
    const images = samples.filter((s) => s.split === 'train' && s.label === label);
    const ranked = images
      .map(({ image }) => ({ image, place: placeOf(image, seed ^ validationStream) }))
      .sort((a, b) => a.place - b.place);
    const below = ranked.filter(({ place }) => place < fraction).length;
    const wanted = Math.min(Math.max(1, below), images.length - 1);
    for (const { image } of ranked.slice(0, Math.max(0, wanted))) chosen.add(image);
  }
  return chosen;
}

/** The samples with the held-out part of train moved to val. */
export function applyValidation(
  samples: readonly Sample[],
  rule: ValidationRule,
  seed: number,
): readonly Sample[] {
  if (rule.on !== 'fraction' || rule.fraction === null) return samples;
  const held = heldOut(samples, rule.fraction, seed);
  return samples.map((s) => (held.has(s.image) ? { ...s, split: 'val' as const } : s));
}

/** The split that a rule validates on, if any. */
export function validationSplit(rule: ValidationRule): Split | undefined {
  if (rule.on === 'none') return undefined;
  return rule.on === 'test' ? 'test' : 'val';
}

/** The split whose metrics stand for the run: test, else val, else train. */
export function reportedSplit(samples: readonly Sample[]): Split {
  if (labelledOf(samples, 'test').length > 0) return 'test';
  return labelledOf(samples, 'val').length > 0 ? 'val' : 'train';
}

export interface TrainingSet {
  readonly positives: readonly Sample[];
  readonly negatives: readonly Sample[];
}

/** Positives and negatives of train; throws a UserError where one is missing. */
export function trainingSet(samples: readonly Sample[], root: string): TrainingSet {
  const train = labelledOf(samples, 'train');
  const positives = train.filter((sample) => sample.label === 'defective');
  const negatives = train.filter((sample) => sample.label === 'ok');
  if (positives.length > 0 && negatives.length > 0) return { positives, negatives };
  const missing = train.length === 0 ? 'labelled' : positives.length === 0 ? 'defective' : 'good';
  const isMissing = ({ label }: Sample): boolean =>
    missing === 'labelled' || (label === 'defective') === (missing === 'defective');
  const others = samples.filter((sample) => isLabelled(sample) && isMissing(sample)).length;
  const what = 'training needs both good and defective ones';
  const label = 'label some (labels.csv, or folders ok/ and defective/)';
  throw new UserError(
    others === 0
      ? `${root} has no ${missing} images in its training split; ${what}: ${label}.`
      : `${root} has no ${missing} images in its training split, and ${others} in the others; ${what}: write train into the column split of labels.csv for some, draw splits that are left open with another --split-seed, or label more.`,
  );
}
