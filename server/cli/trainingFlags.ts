/** Every number and switch of TrainingSettings as a flag: a setting without a flag does not compile. */
import type { Command } from 'commander';
import type { TrainingSettings } from '../../protocol/run.ts';
import { float32Number, oddNumber, oneOf, wholeNumber } from './values.ts';

type Flag =
  | { readonly kind: 'value'; readonly value: string; readonly parse: Parse; readonly help: string }
  | { readonly kind: 'switch'; readonly help: string };
type Parse = (flag: string) => (text: string) => number | string;

const whole =
  (min: number): Parse =>
  (flag) =>
    wholeNumber(flag, { min });
const decimal =
  (min: number): Parse =>
  (flag) =>
    float32Number(flag, { min });
const positive: Parse = (flag) => float32Number(flag, { above: 0 });

const flags: { readonly [K in keyof TrainingSettings]: Flag } = {
  epochs: { kind: 'value', value: 'N', parse: whole(1), help: 'passes over the training set' },
  learningRate: {
    kind: 'value',
    value: 'ETA',
    parse: positive,
    help: 'learning rate of plain SGD',
  },
  batchSize: {
    kind: 'value',
    value: 'N',
    parse: whole(1),
    help: 'images whose gradients are summed before one update',
  },
  delta: {
    kind: 'value',
    value: 'DELTA',
    parse: decimal(0),
    help: 'weight of the classification loss',
  },
  dilation: {
    kind: 'value',
    value: 'PIXELS',
    parse: oddNumber,
    help: 'side of the square that dilates masks, odd; 1 = none',
  },
  positiveWeight: {
    kind: 'value',
    value: 'W',
    parse: positive,
    help: 'largest weight of a defective pixel',
  },
  distancePower: {
    kind: 'value',
    value: 'P',
    parse: decimal(0),
    help: 'exponent of the distance weights',
  },
  balancedLoss: { kind: 'switch', help: 'shift from segmentation to classification loss' },
  gradientStop: { kind: 'switch', help: 'stop the classification gradient at the segmentation' },
  stopWarmup: {
    kind: 'value',
    value: 'EPOCHS',
    parse: whole(0),
    help: 'epochs that keep the gradient stop although it is off',
  },
  distanceWeights: { kind: 'switch', help: 'weigh defective pixels by their distance to the edge' },
  weightsPerRegion: { kind: 'switch', help: 'normalise those distances for each region by itself' },
  frequencySampling: { kind: 'switch', help: 'draw rarely used negatives first' },
  classTarget: {
    kind: 'value',
    value: 'RULE',
    parse: (flag) => oneOf(flag, ['label', 'released']),
    help: 'label = 1 for positives; released = maximum of the target map',
  },
};

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Adds all of them; what is not given comes from the preset. */
export function addTrainingFlags(command: Command): Command {
  for (const [name, flag] of Object.entries(flags)) {
    const long = `--${kebab(name)}`;
    if (flag.kind === 'value') {
      command.option(`${long} <${flag.value}>`, `${flag.help} (preset)`, flag.parse(long));
    } else {
      command
        .option(long, `${flag.help} (preset)`)
        .option(`--no-${kebab(name)}`, 'switch that off');
    }
  }
  return command;
}

/** The settings that were given by flags. */
export function givenSettings(options: Partial<TrainingSettings>): Partial<TrainingSettings> {
  const entries = Object.keys(flags).flatMap((name) => {
    const value = options[name as keyof TrainingSettings];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
