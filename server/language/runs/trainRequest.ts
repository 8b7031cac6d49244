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
import { trainRequestSchema } from '../../runs/tasks.ts';
import type { Project } from '../project/project.ts';

/** The object without the keys whose value is undefined. */
function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const bytes = (gibibytes: number | null | undefined): number | undefined =>
  typeof gibibytes === 'number' && gibibytes > 0 ? gibibytes * gibibyte : undefined;

const whole = (threads: number | null | undefined): number | undefined =>
  typeof threads === 'number' && threads >= 1
    ? Math.min(Math.floor(threads), mostThreads)
    : undefined;

/** The threads that the editor's settings say, if they do. */
export const threadsOf = (settings: Settings): number | undefined => whole(settings.threads);

/** The request of a training run. Throws a UserError for a relative path to start from. */
export function trainRequest(
  project: Project,
  options: TrainOptions,
  settings: Settings,
): z.infer<typeof trainRequestSchema> {
  const { name, fold, preset, variant, segmented, size, width, seed, validation, threads, from } =
    options;
  if (from !== undefined && !isAbsolute(from)) {
    throw new UserError(`${from} is no absolute path; name the weights to start from by one.`);
  }
  return trainRequestSchema.parse(
    given({
      ...{ data: project.id, name, class: options.class, fold, preset, variant, segmented, size },
      ...{ width, seed, validation, threads, from },
      memoryBytes: bytes(options.memory),
      settings: options.epochs === undefined ? undefined : { epochs: options.epochs },
      machine: given({ threads: threadsOf(settings), memoryBytes: bytes(settings.memory) }),
    }),
  );
}
