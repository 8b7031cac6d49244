/** What an exported model says of itself besides its graph: written by export, checked before it is believed. */
import { orientationNames } from '../../protocol/dataset.ts';
import type { Orientation } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { mapStride, pointOfCell } from '../../protocol/mapGeometry.ts';
import { shareOf } from '../../protocol/numbers.ts';
import type { NetworkSpec, ShippedThreshold } from '../../protocol/run.ts';
import { defaultThreshold } from './defaults.ts';
import type { RunFile } from './runFile.ts';
import { segdecVersion } from './version.ts';

/** Where the model's maps lie on its input, as everything that draws them has it. */
export const mapMetadata: Readonly<Record<string, string>> = {
  'segdec.map': `a cell for each ${mapStride} pixels of the input; cell i stands for the point ${mapStride}i + ${pointOfCell(0, 1, mapStride)}, in pixels from the edge of the input`,
};

/** How images are brought to the model, which predict does as well. */
const preparation: Readonly<Record<string, string>> = {
  'segdec.grey':
    'BT.601: 0.299 R + 0.587 G + 0.114 B of the stored values, rounded, before resizing',
  'segdec.resize': 'fill (aspect ratio not kept), linear with antialiasing',
  'segdec.normalisation': 'values 0..255; 16 bit values times 255/65535; the model divides by 255',
};

type ImageShape = Pick<NetworkSpec, 'channels' | 'imageWidth' | 'imageHeight'>;

const shapeKeys = (network: ImageShape): Readonly<Record<string, string>> => ({
  'segdec.input_width': String(network.imageWidth),
  'segdec.input_height': String(network.imageHeight),
  'segdec.channels': String(network.channels),
});

/** The metadata of a run's exported model. */
export function onnxMetadata(run: RunFile, threshold: ShippedThreshold): Record<string, string> {
  return {
    'segdec.version': segdecVersion,
    'segdec.run': run.name,
    'segdec.variant': run.network.variant,
    'segdec.width': String(run.network.width),
    ...shapeKeys(run.network),
    ...preparation,
    ...mapMetadata,
    'segdec.orientation': run.dataset?.orientation ?? 'exif',
    'segdec.threshold': String(threshold.value),
    'segdec.threshold_from': threshold.from,
  };
}

/**
 * The threshold that a model file ships, 0.5 where it names none. Throws a UserError for a threshold that is
 * none, and for a size or preparation of images or a place of maps other than the graph's and ours: scores or
 * heat maps would be wrong.
 */
export function checkedMetadata(model: {
  readonly network: ImageShape;
  readonly metadata: Readonly<Record<string, string>>;
}): ShippedThreshold {
  const { network, metadata } = model;
  const due = { ...shapeKeys(network), ...preparation, ...mapMetadata };
  for (const [key, wanted] of Object.entries(due)) {
    const said = metadata[key];
    if (said === undefined || said === wanted) continue;
    throw new UserError(
      `Its metadata ${key} is ${quoted(said)} where ${quoted(wanted)} is due; export the model again from its run.`,
    );
  }
  const said = metadata['segdec.threshold'];
  if (said === undefined) return defaultThreshold;
  const value = shareOf(said);
  if (value === undefined) {
    throw new UserError(
      `Its metadata segdec.threshold is ${quoted(said)}, not a number from 0 to 1; export the model again from its run.`,
    );
  }
  const from = metadata['segdec.threshold_from'];
  const known = (['validation', 'train', 'default'] as const).find((name) => name === from);
  return { value, from: known ?? 'user' };
}

/** How the images of a model file lie; those of before knew EXIF alone. Throws a UserError for another word. */
export function checkedOrientation(metadata: Readonly<Record<string, string>>): Orientation {
  const said = metadata['segdec.orientation'] ?? 'exif';
  const known = orientationNames.find((name) => name === said);
  if (known !== undefined) return known;
  throw new UserError(
    `Its metadata segdec.orientation is ${quoted(said)}, not exif or stored; export the model again from its run.`,
  );
}

const quoted = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Does something with a file: a UserError begins with the file's path. */
export async function naming<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`, { cause: error });
  }
}
