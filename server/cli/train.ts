/** `segdec train DATA`: trains a network on a dataset folder and evaluates it. */
import type { Command } from 'commander';
import {
  deviceNames,
  engineNames,
  mostThreads,
  presetNames,
  variantNames,
} from '../../protocol/run.ts';
import type {
  DeviceName,
  EngineName,
  PresetName,
  TrainingSettings,
  Variant,
} from '../../protocol/run.ts';
import type { PixelSize, TrainRequest } from '../runs/request.ts';
import { addDatasetFlags, dataFlag } from './datasetFlags.ts';
import type { DatasetFlags } from './datasetFlags.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { columns } from './output.ts';
import type { OutputMode } from './output.ts';
import { showRun } from './showRun.ts';
import { addTrainingFlags, givenSettings } from './trainingFlags.ts';
import {
  channelCount,
  decimalNumber,
  gibibytes,
  oneOf,
  pixelSize,
  segmentedImages,
  validationRule,
  wholeNumber,
} from './values.ts';

interface TrainFlags extends OutputMode, DatasetFlags, Partial<TrainingSettings> {
  readonly data?: string;
  readonly segmented?: string;
  readonly preset?: PresetName;
  readonly variant?: Variant;
  readonly width?: number;
  readonly size?: PixelSize;
  readonly channels?: 1 | 3;
  readonly seed?: number;
  readonly validation?: number | 'test' | 'none';
  readonly validationEvery?: number;
  readonly weights?: 'last' | 'best';
  readonly engine?: EngineName;
  readonly device?: DeviceName;
  readonly memory?: number;
  readonly cache?: number;
  readonly threads?: number;
  readonly from?: string;
  readonly output?: string;
  readonly name?: string;
  readonly explain?: boolean;
}

function addNetworkFlags(command: Command): Command {
  return command
    .option(
      '--segmented <n>',
      'positives whose masks are used: a number, all, or a file that lists them (all)',
    )
    .option(
      '--preset <name>',
      "the published settings to start from: dagm, ksdd, ksdd2, severstal (the layout's)",
      oneOf('--preset', presetNames),
    )
    .option(
      '--variant <name>',
      'paper or reference, the released program (paper)',
      oneOf('--variant', variantNames),
    )
    .option(
      '--width <factor>',
      'multiplies the channel counts of the network (1)',
      decimalNumber('--width', { above: 0, max: 8 }),
    )
    .option('--size <WxH>', "input size, multiples of 8 (the dataset's)", pixelSize('--size'))
    .option('--channels <n>', "1 (grey) or 3 (colour) (the dataset's)", channelCount);
}

function addRunFlags(command: Command): Command {
  return command
    .option(
      '--seed <n>',
      'seed of everything random (0)',
      wholeNumber('--seed', { min: 0, max: 2 ** 31 - 1 }),
    )
    .option(
      '--validation <rule>',
      'a fraction of train to hold out, test, or none (none)',
      validationRule,
    )
    .option(
      '--validation-every <epochs>',
      'epochs between validations (5)',
      wholeNumber('--validation-every', { min: 1 }),
    )
    .option(
      '--weights <which>',
      'keep the last weights or the best on validation (last)',
      oneOf('--weights', ['last', 'best']),
    )
    .option('--engine <name>', 'onnx or tensorflow (onnx)', oneOf('--engine', engineNames))
    .option('--device <name>', 'auto, cpu, webgpu or cuda (auto)', oneOf('--device', deviceNames))
    .option('--memory <GiB>', 'budget that the run must fit in (4)', gibibytes('--memory'))
    .option(
      '--cache <GiB>',
      'memory for prepared images; the rest is on disk (1)',
      gibibytes('--cache'),
    )
    .option(
      '--threads <n>',
      'threads of the engine (one a core, at most 16)',
      wholeNumber('--threads', { min: 1, max: mostThreads }),
    )
    .option('--from <run>', 'start from the weights of a run folder or safetensors file')
    .option('--output <dir>', 'the run folder (a new one under .segdec/runs)')
    .option('--name <word>', 'a name for the run folder')
    .option('--explain', 'show where each value comes from, and do not train');
}

/** The request that the flags stand for. Throws a UserError for a list that cannot be read. */
async function requestOf(data: string, flags: TrainFlags): Promise<TrainRequest> {
  const { layout, onlyClass, fold, splitSeed, preset, variant, width, size, channels, seed } =
    flags;
  const { validation, validationEvery, weights, engine, device, threads, from, output } = flags;
  return given({
    ...{ data, dataset: flags.data, layout, class: flags.class, onlyClass, fold, splitSeed },
    ...{ preset, variant, width, size },
    ...{ channels, seed, validation, validationEvery, weights, engine, device, threads, from },
    ...{ output, name: flags.name, memoryBytes: flags.memory, cacheBytes: flags.cache },
    segmented: flags.segmented === undefined ? undefined : await segmentedImages(flags.segmented),
    settings: givenSettings(flags),
  });
}

/** Prints every resolved value and its origin. */
async function explain(request: TrainRequest, { output, signal }: Session): Promise<void> {
  const { explainRun } = await import('../runs/explain.ts');
  const { values } = await explainRun(request, { signal });
  output.document(values);
  for (const row of columns(values.map(({ name, value, from }) => [name, value, from]))) {
    output.line(row);
  }
}

async function train(data: string, flags: TrainFlags, session: Session): Promise<void> {
  const request = await requestOf(data, flags);
  if (flags.explain === true) return await explain(request, session);
  const { trainRun } = await import('../runs/train.ts');
  await showRun(session, flags.epochs, (hooks) => trainRun(request, hooks));
}

/** The command. */
export function trainCommand(door: Door): Command {
  const command = newCommand({
    name: 'train',
    description: 'Train a network on a dataset folder, then evaluate it.',
    examples: [
      'train photos --size 128x352 --epochs 20',
      'train KolektorSDD --layout ksdd --fold 0 --segmented 33 --size 128x352 --epochs 10 --json',
      'train photos --from .segdec/runs/OLD --learning-rate 0.001 --no-balanced-loss',
      'train . --data /disk/photos',
      'train photos --explain',
    ],
  }).argument('<DATA>', 'the dataset folder');
  addDatasetFlags(command).option(...dataFlag);
  addNetworkFlags(command);
  addRunFlags(command);
  addTrainingFlags(command);
  return command.action((data: string, flags: TrainFlags) => train(data, flags, door.open(flags)));
}
