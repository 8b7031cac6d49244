/**
 * The contract between the training loop and whatever computes the method (docs/architecture.md).
 * An engine holds one network's weights and runs three things: a full training step, the cheap step
 * of a weakly labelled positive, and inference. It knows nothing of files, datasets or epochs.
 */
import type { NetworkSpec } from '../../protocol/run.ts';
import type { NamedTensors } from '../files/safetensors.ts';
import type { EpochFactors } from '../method/schedule.ts';

/** Weights by the authors' names: OIHW; FeatureNorm [1, N, 1, 1]. */
export type Weights = NamedTensors;

/** One image ready for the network: planes [C, H, W], values 0..1. */
export interface InputImage {
  readonly data: Float32Array;
}

export interface TrainingSample extends InputImage {
  /** Target map and weight map at H/8 x W/8 (docs/method.md, "Labels"), row-major. */
  readonly target: Float32Array;
  readonly weight: Float32Array;
  /** y of L_cls, 0..1. */
  readonly classTarget: number;
  /** γ: false for a positive without a mask, whose segmentation loss counts nothing. */
  readonly segmented: boolean;
}

/** The factors of an update, the same for each sample of its batch; γ is the sample's own. */
export type StepFactors = EpochFactors;

/** L_seg (before γ and λ) and L_cls (before δ) of a sample, before the update. */
export interface StepLosses {
  readonly segmentation: number;
  readonly classification: number;
}

export interface Prediction {
  /** Sigmoid of C_p. */
  readonly probability: number;
  /** Sigmoid of S_h, H/8 x W/8, row-major. */
  readonly map: Float32Array;
}

/** How a convolution is computed in each pass; kept in run.json so that resume uses the same. */
export interface LayerForms {
  readonly layer: string;
  readonly forward: 'direct' | 'minimal';
  readonly inputGradient: 'direct' | 'minimal' | 'none';
  readonly filterGradient: 'direct' | 'minimal';
}

export interface EngineDescription {
  readonly engine: string;
  readonly device: string;
  readonly threads: number;
  readonly forms: readonly LayerForms[];
  readonly versions: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly description: EngineDescription;
  /** One update from a batch of samples: gradients summed, then w ← w − η·g. Losses in order of samples. */
  step(batch: readonly TrainingSample[], factors: StepFactors): Promise<readonly StepLosses[]>;
  /** One prediction an image, in order, finite and in range. Throws an UnusablePrediction for outputs that are not. */
  predict(images: readonly InputImage[]): Promise<readonly Prediction[]>;
  /** A copy of the current weights. */
  exportState(): Weights;
  /** Replaces all weights; throws a UserError naming the first tensor whose name or shape differs. */
  importState(weights: Weights): void;
  dispose(): Promise<void>;
}

/** What an engine is made with. */
export interface EngineOptions {
  readonly network: NetworkSpec;
  readonly threads: number;
  /** Budget in bytes from which forms are chosen; never what happens to be free. */
  readonly memoryBytes: number;
  readonly weights: Weights;
  /** Where the weights are from, such as a run folder: what a message about their predictions begins with. */
  readonly source?: string;
  /** True when only predict is needed: no training graph is built. */
  readonly inferenceOnly?: boolean;
  /** Forms of an earlier run, for resume; refused with a UserError if they cannot be had. */
  readonly forms?: readonly LayerForms[];
}
