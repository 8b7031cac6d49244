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
 * SegDec's network needs 2.5 GiB at 2048 x 2048, ten times less at published sizes; a laptop has 8 to 16.
 * The seconds are two million million multiplications at {@link multiplicationsPerSecond}, and the paper's
 * network in its larger variant takes 1.5 at 2048 x 2048, a ResNet-152 at that size 0.6.
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
