/**
 * A sample made ready for the network: the image at the input size and its label maps
 * (docs/method.md, "Labels"), in the compact form in which it is kept between epochs.
 */
import { join } from 'node:path';
import type { Sample } from '../../protocol/dataset.ts';
import type { NetworkSpec, TrainingSettings } from '../../protocol/run.ts';
import type { ImageNote, ImageReader } from '../data/images/reader.ts';
import type { TrainingSample } from '../engines/engine.ts';
import { prepareLabels } from '../method/labels.ts';

export interface PreparedImage {
  /** Planes [C, H, W]; values 0..maximum. */
  readonly pixels: Uint8Array | Uint16Array;
  readonly maximum: 255 | 65535;
}

/** An image just read. */
export interface ReadImage extends PreparedImage {
  readonly notes: readonly ImageNote[];
}

/** Target and weights at H/8 x W/8. */
export interface LabelMaps {
  readonly target: Float32Array;
  readonly weight: Float32Array;
}

export interface PreparedSample extends PreparedImage {
  /** Null where they are constant: nothing is defective and every pixel counts. */
  readonly maps: LabelMaps | null;
  readonly positive: boolean;
  /** The mask may be used: true for every negative, whose mask is empty. */
  readonly segmented: boolean;
}

export type LabelSettings = Pick<
  TrainingSettings,
  | 'dilation'
  | 'positiveWeight'
  | 'distancePower'
  | 'distanceWeights'
  | 'weightsPerRegion'
  | 'classTarget'
>;

/** What decoding needs to know of a network. */
export type InputSize = Pick<NetworkSpec, 'imageWidth' | 'imageHeight' | 'channels'>;

/** Reads an image at the network's input size. */
export async function prepareImage(
  reader: ImageReader,
  file: string,
  network: InputSize,
): Promise<ReadImage> {
  const { imageWidth, imageHeight, channels } = network;
  const image = await reader.read(file, { width: imageWidth, height: imageHeight, channels });
  return { pixels: image.data, maximum: image.maximum, notes: image.notes };
}

/** Values 0..1 as the network takes them: 8 bit / 255, 16 bit / 65535. */
export function imageValues(image: PreparedImage): Float32Array {
  const values = new Float32Array(image.pixels.length);
  for (let i = 0; i < values.length; i += 1) values[i] = (image.pixels[i] ?? 0) / image.maximum;
  return values;
}

interface MaskData {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const emptyMask = (width: number, height: number): MaskData => ({
  data: new Uint8Array(width * height),
  width,
  height,
});

async function labelMaps(
  reader: ImageReader,
  root: string,
  sample: Sample,
  segmented: boolean,
  network: NetworkSpec,
  settings: LabelSettings,
): Promise<LabelMaps | null> {
  const source = sample.label === 'defective' && segmented ? sample.mask : undefined;
  if (source === undefined && (sample.ignore === undefined || !segmented)) return null;
  const { imageWidth, imageHeight } = network;
  const ignore =
    sample.ignore === undefined
      ? undefined
      : await reader.mask(root, { kind: 'file', path: sample.ignore });
  const mask =
    source === undefined
      ? emptyMask(ignore?.width ?? imageWidth, ignore?.height ?? imageHeight)
      : await reader.mask(root, source);
  const { target, weight } = prepareLabels(mask, ignore, {
    imageWidth,
    imageHeight,
    dilation: settings.dilation,
    positiveWeight: settings.positiveWeight,
    distancePower: settings.distancePower,
    distanceWeights: settings.distanceWeights,
    weightsPerRegion: settings.weightsPerRegion,
  });
  return { target, weight };
}

/**
 * Reads a training sample with its labels. `segmented`: a positive's mask may be used.
 * Throws a UserError if the image or its mask cannot be read.
 */
export async function prepareSample(
  reader: ImageReader,
  root: string,
  sample: Sample,
  segmented: boolean,
  network: NetworkSpec,
  settings: LabelSettings,
): Promise<PreparedSample> {
  const positive = sample.label === 'defective';
  const counts = !positive || segmented;
  const file = join(root, sample.image);
  const { pixels, maximum } = await prepareImage(reader, file, network);
  const maps = await labelMaps(reader, root, sample, counts, network, settings);
  return { pixels, maximum, maps, positive, segmented: counts };
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** y of L_cls: the image label, or the released program's maximum of the target map. */
function classTargetOf(sample: PreparedSample, rule: TrainingSettings['classTarget']): number {
  if (!sample.positive) return 0;
  // A mask that N withholds counts as unknown: y = 1.
  if (rule === 'label' || !sample.segmented || sample.maps === null) return 1;
  return largest(sample.maps.target);
}

/** The sample as an engine takes it. */
export function trainingSample(
  sample: PreparedSample,
  network: NetworkSpec,
  rule: TrainingSettings['classTarget'],
): TrainingSample {
  const mapLength = (network.imageWidth / 8) * (network.imageHeight / 8);
  return {
    data: imageValues(sample),
    target: sample.maps?.target ?? new Float32Array(mapLength),
    weight: sample.maps?.weight ?? new Float32Array(mapLength).fill(1),
    classTarget: classTargetOf(sample, rule),
    segmented: sample.segmented,
  };
}
