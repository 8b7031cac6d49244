/**
 * From what the editor asks for to what a run process is asked. What was chosen for this run wins, then
 * segdec.json, then the editor's settings of threads and memory, then the default: settings are of a machine
 * and fill what the project leaves open; where segdec.json says something else, the estimate shows it.
 */
import { isAbsolute } from 'node:path';
import type { z } from 'zod';
import { mostThreads } from '../../../protocol/run.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { Settings } from '../../../protocol/messages.ts';
import type { TrainOptions } from '../../../protocol/runView.ts';
import { gibibyte } from '../../runs/defaults.ts';
import { mostGibibytes } from '../../runs/numberSchemas.ts';
import { firstIssue } from '../../runs/runFile.ts';
import { trainRequestSchema } from '../../runs/tasks.ts';
import type { Project } from '../project/project.ts';

/** The object without the keys whose value is undefined. */
function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const bytes = (gibibytes: number | undefined): number | undefined =>
  gibibytes === undefined ? undefined : gibibytes * gibibyte;

/** What the editor's settings say, if they do. Throws a UserError for what no machine has. */
function settingOf(
  name: 'threads' | 'memory',
  settings: Settings,
  { min, max, what }: { readonly min: number; readonly max: number; readonly what: string },
): number | undefined {
  const value = settings[name];
  if (value === null || value === undefined) return undefined;
  if (value >= min && value <= max) return value;
  throw new UserError(`The setting segdec.${name} is ${value}; it must be ${what}.`);
}

/** The threads that the editor's settings say, if they do. Throws a UserError for an odd number of them. */
export function threadsOf(settings: Settings): number | undefined {
  const what = `a number from 1 to ${mostThreads}`;
  const value = settingOf('threads', settings, { min: 1, max: mostThreads, what });
  return value === undefined ? undefined : Math.floor(value);
}

function memoryOf(settings: Settings): number | undefined {
  const what = `GiB above 0, at most ${mostGibibytes}`;
  const value = settingOf('memory', settings, { min: 2 ** -30, max: mostGibibytes, what });
  return bytes(value);
}

/** The request of a training run. Throws a UserError for a relative path to start from, and for odd numbers. */
export function trainRequest(
  project: Pick<Project, 'id' | 'folder'>,
  options: TrainOptions,
  settings: Settings,
): z.infer<typeof trainRequestSchema> {
  const { name, fold, preset, variant, segmented, size, width, seed, validation, threads, from } =
    options;
  if (from !== undefined && !isAbsolute(from)) {
    throw new UserError(`${from} is no absolute path; name the weights to start from by one.`);
  }
  // What the person has let this project use is named to the run as well.
  const dataset = project.folder === project.id ? undefined : project.folder;
  const parsed = trainRequestSchema.safeParse(
    given({
      ...{
        data: project.id,
        dataset,
        name,
        class: options.class,
        fold,
        preset,
        variant,
        segmented,
        size,
      },
      ...{ width, seed, validation, threads, from },
      memoryBytes: bytes(options.memory),
      settings: options.epochs === undefined ? undefined : { epochs: options.epochs },
      machine: given({ threads: threadsOf(settings), memoryBytes: memoryOf(settings) }),
    }),
  );
  if (parsed.success) return parsed.data;
  throw new UserError(`A run cannot be trained with ${firstIssue(parsed.error)}.`);
}
