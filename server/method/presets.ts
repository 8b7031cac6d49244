/**
 * The training settings of the four datasets (paper, Section 5, and the released scripts: they agree).
 *
 * | preset            | epochs          | η    | batch | δ    | dilation | w_pos | p | balanced loss     |
 * |-------------------|-----------------|------|-------|------|----------|-------|---|-------------------|
 * | dagm              | 70              | 0.05 | 1     | 1    | 7        | 10    | 1 | yes; no at N = 0  |
 * | ksdd, N > 0       | 50              | 1.0  | 1     | 0.01 | 7        | 1     | 2 | yes               |
 * | ksdd, N = 0       | 50              | 0.01 | 1     | 1    | 7        | 1     | 2 | no                |
 * | ksdd2             | 50              | 0.01 | 1     | 1    | 15       | 3     | 2 | yes; no at N = 0  |
 * | severstal         | 90/80/60/40 (*) | 0.1  | 10    | 0.1  | 1        | 1     | 2 | yes; no at N = 0  |
 *
 * (*) with 300 / 750 / 1500 / 3000 positive training images. Gradient stop, distance weights and
 * frequency sampling are on in all of them. Own data and `mvtec` take ksdd2.
 */
import type { LayoutName } from '../../protocol/dataset.ts';
import type { PresetName, TrainingSettings, Variant } from '../../protocol/run.ts';

const common = {
  batchSize: 1,
  balancedLoss: true,
  gradientStop: true,
  stopWarmup: 0,
  distanceWeights: true,
  weightsPerRegion: false,
  frequencySampling: true,
  classTarget: 'label',
} as const;

const dagm: TrainingSettings = {
  ...common,
  epochs: 70,
  learningRate: 0.05,
  delta: 1,
  dilation: 7,
  positiveWeight: 10,
  distancePower: 1,
};

const ksdd: TrainingSettings = {
  ...common,
  epochs: 50,
  learningRate: 1,
  delta: 0.01,
  dilation: 7,
  positiveWeight: 1,
  distancePower: 2,
};

const ksdd2: TrainingSettings = {
  ...common,
  epochs: 50,
  learningRate: 0.01,
  delta: 1,
  dilation: 15,
  positiveWeight: 3,
  distancePower: 2,
};

const severstal: TrainingSettings = {
  ...common,
  epochs: 90,
  learningRate: 0.1,
  batchSize: 10,
  delta: 0.1,
  dilation: 1,
  positiveWeight: 1,
  distancePower: 2,
};

/** Severstal's epochs by the number of positive training images. */
const severstalEpochs: readonly (readonly [positives: number, epochs: number])[] = [
  [300, 90],
  [750, 80],
  [1500, 60],
  [3000, 40],
];

/** Severstal's epochs at the listed count nearest to `positives`; of two equally near the smaller count. */
export function severstalEpochsFor(positives: number): number {
  let best = severstalEpochs[0] ?? [300, 90];
  for (const row of severstalEpochs) {
    if (Math.abs(row[0] - positives) < Math.abs(best[0] - positives)) best = row;
  }
  return best[1];
}

/**
 * The settings of a preset. `segmented` = N, the positives whose masks may be used; `positives` = all
 * positive training images (Severstal's epochs depend on it). Without any mask (N = 0) there is no
 * segmentation loss of a positive to balance, so the loss is not balanced.
 */
export function presetSettings(
  preset: PresetName,
  segmented: number,
  positives: number,
): TrainingSettings {
  const balancedLoss = segmented > 0;
  switch (preset) {
    case 'dagm':
      return { ...dagm, balancedLoss };
    case 'ksdd':
      // The released script's line for N = 0 was corrected later to these two numbers.
      return segmented > 0 ? ksdd : { ...ksdd, balancedLoss, learningRate: 0.01, delta: 1 };
    case 'ksdd2':
      return { ...ksdd2, balancedLoss };
    case 'severstal':
      return { ...severstal, balancedLoss, epochs: severstalEpochsFor(positives) };
  }
}

/** The preset that a layout takes when none is named: own data and mvtec take KolektorSDD2's. */
export function presetOfLayout(layout: LayoutName): PresetName {
  return layout === 'mvtec' || layout === 'folders' ? 'ksdd2' : layout;
}

/** The class target of a variant: the released program takes the maximum of the target map. */
export function classTargetOf(variant: Variant): TrainingSettings['classTarget'] {
  return variant === 'reference' ? 'released' : 'label';
}
