/** What a model may cost. Both limits are a person's to raise; the flags are named where they are refused. */

export interface ModelLimits {
  /** Bytes: of all values that are alive at once, and of the process that runs the model. */
  readonly memoryBytes: number;
  /** For one image. */
  readonly seconds: number;
}

const gibibyte = 2 ** 30;

/** Bytes; the paper's network has 10 to 62 MB. */
export const largestModelFile = gibibyte;

/**
 * At 2048 x 2048 the network's values take 1.1 GiB at once (its process an estimated 2.7, ../chooseForms.ts),
 * and its larger variant takes 1.4 million million multiplications, 86 s of one core at
 * {@link multiplicationsPerSecond}. At published sizes up to 3200 x 256 it is a quarter of that and less.
 */
export const defaultModelLimits: ModelLimits = { memoryBytes: 4 * gibibyte, seconds: 120 };

/** For a model that somebody trained here, at a size that they chose. Finite: messages are JSON. */
export const noModelLimits: ModelLimits = {
  memoryBytes: Number.MAX_SAFE_INTEGER,
  seconds: Number.MAX_SAFE_INTEGER,
};

/** What one core of a usual machine does in a convolution: a model that needs more is slow for sure. */
export const multiplicationsPerSecond = 16e9;

/** Flags by which people raise the limits. */
export const limitFlags = { memoryBytes: '--model-memory', seconds: '--deadline' } as const;

export function gibibytesText(bytes: number): string {
  return `${Number((bytes / gibibyte).toPrecision(3))} GiB`;
}
