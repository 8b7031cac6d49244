/**
 * The schedule of the loss factors (docs/method.md, "Losses"): the dynamically balanced loss and the
 * epochs in which the gradient stop holds. Pure functions of the epoch's index.
 */
import type { TrainingSettings } from '../../protocol/run.ts';

/** λ = 1 − n / n_ep (Eq. 5) with n = `epoch`, the epoch's index from 0, and n_ep = `epochs`; in 1/n_ep..1. */
export function lambdaAt(epoch: number, epochs: number): number {
  return 1 - epoch / epochs;
}

/** The factors of `L = segmentation · L_seg + classification · L_cls` in one epoch's steps, and η; γ is a sample's own. */
export interface EpochFactors {
  /** λ, or 1 with the balanced loss switched off. */
  readonly segmentation: number;
  /** (1 − λ)·δ, or δ. */
  readonly classification: number;
  readonly learningRate: number;
  /** The classification gradient stops at S_f and S_h. */
  readonly gradientStop: boolean;
}

/** What every step of the epoch with this index (from 0) is computed with. */
export function factorsAt(epoch: number, settings: TrainingSettings): EpochFactors {
  const lambda = lambdaAt(epoch, settings.epochs);
  return {
    segmentation: settings.balancedLoss ? lambda : 1,
    classification: settings.balancedLoss ? (1 - lambda) * settings.delta : settings.delta,
    learningRate: settings.learningRate,
    // The first release kept the stop for its first epochs even when it was switched off.
    gradientStop: settings.gradientStop || epoch < settings.stopWarmup,
  };
}
