/** The flags that say how a dataset folder is read, shared by train and inspect. */
import type { Command } from 'commander';
import { layoutNames } from '../../protocol/dataset.ts';
import type { LayoutName } from '../../protocol/dataset.ts';
import { oneOf, wholeNumber } from './values.ts';

/** For commands that follow a segdec.json: how a person names a dataset that lies outside of its folder. */
export const dataFlag = [
  '--data <dir>',
  'the dataset folder in place of the one that segdec.json names',
] as const;

export interface DatasetFlags {
  readonly layout?: LayoutName;
  readonly class?: string;
  readonly onlyClass?: boolean;
  readonly fold?: number;
  readonly splitSeed?: number;
}

/** Adds --layout, --class, --only-class, --fold and --split-seed. */
export function addDatasetFlags(command: Command): Command {
  return command
    .option(
      '--layout <name>',
      `how the folder is laid out: ${layoutNames.join(', ')} (detected)`,
      oneOf('--layout', layoutNames),
    )
    .option('--class <name>', 'the class of a dataset with several (dagm, severstal)')
    .option('--only-class', 'severstal: positives with no other class')
    .option('--fold <k>', 'fold of a dataset with folds, from 0', wholeNumber('--fold', { min: 0 }))
    .option(
      '--split-seed <n>',
      'seed of splits that the dataset leaves open (0)',
      wholeNumber('--split-seed', { min: 0, max: 2 ** 31 - 1 }),
    );
}
