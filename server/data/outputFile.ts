/** Files that a command writes where a person says: never over what it reads, nor over images and tables of a dataset. */
import { stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';
import { isImageName, isOtherPicture } from './fileTree.ts';
import { resolved } from './places.ts';

/** Files that a dataset is read from, besides its images. */
const tables: ReadonlySet<string> = new Set([
  ...['labels.csv', 'segdec.json', 'train.csv', 'labels.txt'],
]);

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}/${ino}`;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * Throws a UserError for an output that is there and is one of the files `inputs` (by whatever name), lies in the
 * run folder `run`, or is an image or a table of a dataset.
 */
export async function assertOutputFile(
  output: string,
  inputs: readonly string[],
  run?: string,
): Promise<void> {
  const identity = await identityOf(output);
  if (identity === undefined) return;
  const refuse = (what: string): never => {
    throw new UserError(`${output} is ${what}, which is never written over; choose another file.`);
  };
  for (const input of inputs) {
    if ((await identityOf(input)) === identity) refuse('read by this command');
  }
  if (isImageName(output) || isOtherPicture(output)) refuse('an image');
  if (tables.has(basename(output).toLowerCase())) refuse('a file that a dataset is read from');
  if (run === undefined) return;
  const back = relative(await resolved(run), await resolved(output));
  if (!back.includes(sep) && back !== '' && back !== '..' && ownFiles.has(back)) {
    refuse('a file of the run');
  }
}

/** What a run folder holds. */
const ownFiles: ReadonlySet<string> = new Set([
  ...['run.json', 'events.jsonl', 'checkpoint.safetensors', 'best.safetensors'],
  ...['scores.csv', 'metrics.json', 'cancel'],
]);
