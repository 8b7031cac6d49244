/** Reads a folder of parity fixtures: training steps, label preparations and metrics of the PyTorch version. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec, Variant } from '../../protocol/run.ts';
import type { NamedTensor } from '../../server/files/safetensors.ts';
import { decodeSafetensors } from '../../server/files/safetensors.ts';

export interface Losses {
  readonly segmentation: number;
  readonly classification: number;
  readonly total: number;
}

export type GradientKind = 'stopped' | 'flowing' | 'weakPositive';

/** The .json of a training step. */
interface StepFile {
  readonly variant: Variant;
  readonly width: number;
  readonly height: number;
  readonly imageWidth: number;
  readonly channels: 1 | 3;
  readonly lambda: number;
  readonly delta: number;
  readonly eta: number;
  readonly classTarget: number;
  readonly losses: Losses;
  readonly gradientNorms: Readonly<Record<GradientKind, Readonly<Record<string, number>>>>;
  readonly steps: readonly (Losses & { readonly gamma: number })[];
}

export interface StepFixture extends StepFile {
  readonly name: string;
  readonly network: NetworkSpec;
  /** The image as planes [C, H, W]. */
  readonly image: Float32Array;
  readonly weights: ReadonlyMap<string, NamedTensor>;
  readonly tensor: (name: string) => NamedTensor;
}

export interface LabelCase {
  readonly mask: string;
  readonly dilation: number;
  readonly wPos: number;
  readonly p: number;
  readonly width: number;
  readonly height: number;
}

export interface MetricCase {
  readonly labels: readonly (0 | 1)[];
  readonly scores: readonly number[];
  readonly expected: Readonly<Record<string, number | null>>;
}

async function json<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

function reader(tensors: ReadonlyMap<string, NamedTensor>): (name: string) => NamedTensor {
  return (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new UserError(`The fixture lacks the tensor ${name}.`);
    return tensor;
  };
}

/** HWC → CHW. */
function planes({ data, shape }: NamedTensor): Float32Array {
  const [height = 0, width = 0, channels = 1] = shape;
  const pixels = height * width;
  return Float32Array.from(
    data,
    (_, i) => data[(i % pixels) * channels + Math.floor(i / pixels)] ?? 0,
  );
}

/** All training steps of the folder, by name. */
export async function readSteps(folder: string): Promise<StepFixture[]> {
  const names = (await readdir(folder)).filter((n) => /^\d+-.*\.json$/.test(n)).sort();
  if (names.length === 0)
    throw new UserError(`${folder} holds no parity fixtures (N-variant-….json).`);
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const step = await json<StepFile>(file);
      const { tensors } = decodeSafetensors(await readFile(file.replace(/json$/, 'safetensors')));
      const tensor = reader(tensors);
      const weights = [...tensors]
        .filter(([key]) => key.startsWith('init/'))
        .map(([key, value]) => [key.slice('init/'.length), value] as const);
      const { variant, width, channels, imageWidth, height: imageHeight } = step;
      return {
        ...step,
        name: name.replace(/\.json$/, ''),
        network: { variant, width, channels, imageWidth, imageHeight },
        image: planes(tensor('image')),
        weights: new Map(weights),
        tensor,
      };
    }),
  );
}

export async function readLabelCases(
  folder: string,
): Promise<{ cases: readonly LabelCase[]; tensor: (name: string) => NamedTensor }> {
  const { cases } = await json<{ cases: LabelCase[] }>(path.join(folder, 'labels.json'));
  const { tensors } = decodeSafetensors(await readFile(path.join(folder, 'labels.safetensors')));
  return { cases, tensor: reader(tensors) };
}

export async function readMetricCases(folder: string): Promise<readonly MetricCase[]> {
  return (await json<{ cases: MetricCase[] }>(path.join(folder, 'metrics.json'))).cases;
}
