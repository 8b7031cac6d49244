/**
 * What the parts say to each other about a run: its settings, its events, its scores and metrics.
 * Types and their words; imports nothing but the dataset's.
 */
import type { LayoutName, Split } from './dataset.ts';
import type { NothingLearned } from './learning.ts';

export const variantNames = ['paper', 'reference'] as const;
export type Variant = (typeof variantNames)[number];
export const presetNames = ['dagm', 'ksdd', 'ksdd2', 'severstal'] as const;
export type PresetName = (typeof presetNames)[number];
export const engineNames = ['onnx', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];
export const deviceNames = ['auto', 'cpu', 'webgpu', 'cuda'] as const;
export type DeviceName = (typeof deviceNames)[number];
/** Threads of an engine at most: each is made at once, and a machine refuses too many. */
export const mostThreads = 1024;

/** The network's shape (docs/method.md, "Network"): everything that fixes its tensors. */
export interface NetworkSpec {
  readonly variant: Variant;
  /** Multiplies the channel counts 32, 64, 1024, 8, 16, 32. */
  readonly width: number;
  readonly channels: 1 | 3;
  /** Input size in pixels, multiples of 8. */
  readonly imageWidth: number;
  readonly imageHeight: number;
}

/** Every number and switch of training (docs/method.md, "Losses", "Labels", "Sampler", "Presets"). */
export interface TrainingSettings {
  readonly epochs: number;
  /** η, plain SGD. */
  readonly learningRate: number;
  /** Samples whose gradients are summed before one update. */
  readonly batchSize: number;
  /** δ, the weight of the classification loss. */
  readonly delta: number;
  /** Side of the square that dilates masks, odd; 1 = none. */
  readonly dilation: number;
  /** w_pos, the largest weight of a defective pixel. */
  readonly positiveWeight: number;
  /** p, the exponent of the distance transform. */
  readonly distancePower: number;
  /** Dynamically balanced loss: λ = 1 − n/n_ep; off: factors 1 and δ. */
  readonly balancedLoss: boolean;
  /** Gradient-flow adjustment: the classification gradient stops at S_f and S_h. */
  readonly gradientStop: boolean;
  /** Epochs in which the stop is kept although switched off (first release: 10). */
  readonly stopWarmup: number;
  /** Distance-transform weights; off: all weights 1. */
  readonly distanceWeights: boolean;
  /** Normalise the distance per 8-connected region instead of over the whole image. */
  readonly weightsPerRegion: boolean;
  /** Negatives drawn by how rarely they were used; off: uniformly. */
  readonly frequencySampling: boolean;
  /** `label`: y = 1 for positives. `released`: the maximum of the target map. */
  readonly classTarget: 'label' | 'released';
}

export interface EventState {
  readonly kind: 'state';
  readonly state: 'starting' | 'running' | 'finished' | 'failed' | 'cancelled';
  readonly message?: string;
}
export interface EventStep {
  readonly kind: 'step';
  readonly epoch: number;
  /** Samples seen in this epoch and the epoch's total. */
  readonly done: number;
  readonly total: number;
  readonly segmentationLoss: number;
  readonly classificationLoss: number;
  /** Absent while too few images were timed. */
  readonly imagesPerSecond?: number;
  readonly etaSeconds?: number;
}
export interface EventEpoch {
  readonly kind: 'epoch';
  readonly epoch: number;
  readonly epochs: number;
  /** Means over the epoch's samples. */
  readonly segmentationLoss: number;
  readonly classificationLoss: number;
  readonly loss: number;
  readonly lambda: number;
  /** As the process saw it that ended the epoch. */
  readonly seconds: number;
  /** Absent where that process timed too few images. */
  readonly imagesPerSecond?: number;
}
export interface EventValidation {
  readonly kind: 'validation';
  readonly epoch: number;
  readonly split: Split;
  readonly averagePrecision: number | null;
  /** Why the average precision means nothing; absent where it does. */
  readonly nothingLearned?: NothingLearned;
}
export interface EventMessage {
  readonly kind: 'warning' | 'error';
  readonly message: string;
  readonly file?: string;
}
export interface EventCheckpoint {
  readonly kind: 'checkpoint';
  readonly epoch: number;
  readonly file: string;
}
export type RunEventBody =
  EventState | EventStep | EventEpoch | EventValidation | EventMessage | EventCheckpoint;
/** One line of events.jsonl; `t` is ISO 8601 UTC. */
export type RunEvent = RunEventBody & { readonly t: string };

export interface ShippedThreshold {
  readonly value: number;
  /** `default`: 0.5, where no split had both classes and nobody said one. */
  readonly from: 'validation' | 'train' | 'user' | 'default';
}

/** The names in JSON of `train --json` and `evaluate --json`; null where undefined. */
export interface Metrics {
  readonly averagePrecision: number | null;
  readonly auc: number | null;
  readonly f1: number | null;
  /** The best-F1 threshold on the evaluated split: a figure of the paper, never shipped. */
  readonly threshold: number | null;
  readonly accuracy: number | null;
  readonly meanAccuracy: number | null;
  /** Of the best F1, as `threshold`: figures of the paper. What counts is OutcomeCounts. */
  readonly falsePositives: number | null;
  readonly falseNegatives: number | null;
  readonly falsePositivesAtZeroFalseNegatives: number | null;
  readonly averagePrecisionStep: number | null;
  readonly pixelAveragePrecision: number | null;
  readonly pixelIou: number | null;
  readonly pixelDice: number | null;
  readonly defectRecall: number | null;
  readonly falseRegionsPerImage: number | null;
}

export type Outcome = 'TP' | 'FP' | 'FN' | 'TN' | '';

/** Labelled images of a split by their outcome at the shipped threshold. */
export interface OutcomeCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

export interface EvaluationResult {
  readonly run: string;
  readonly split: Split;
  readonly shippedThreshold: ShippedThreshold;
  readonly atShippedThreshold: OutcomeCounts;
  /** Why the metrics mean nothing; null where they do. */
  readonly nothingLearned: NothingLearned | null;
  readonly metrics: Metrics;
}

export type { LayoutName, Split };
