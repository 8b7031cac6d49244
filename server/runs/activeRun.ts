/** The run whose scores an editor shows: the one that segdec.json names, else the newest with scores of the dataset. */
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { namedPlace } from '../data/places.ts';
import { errorCode } from '../files/fileSystem.ts';
import { systemSentence } from '../files/readWhole.ts';
import { readMetricsFile } from './metricsFile.ts';
import { shippedThreshold } from './keptThreshold.ts';
import type { Project } from './projectFile.ts';
import { readRunFile } from './runFile.ts';
import { listRuns, ownRunFolder, runPaths, runsFolderOf } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';
import { readScores } from './scoresFile.ts';

export interface ActiveRun {
  readonly paths: RunPaths;
  readonly name: string;
  readonly threshold: number;
  /** By image; empty for imported weights and for a run that has not scored yet. */
  readonly scores: ReadonlyMap<string, number>;
  /** Changes when the scores do. */
  readonly stamp: string;
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch (error) {
    // Why it cannot be used is said where it is read.
    if (errorCode(error) === undefined) throw error;
    return 'none';
  }
}

/** What `activeRun` of segdec.json stands for, unseen: the name of a run folder, or a path from the file. */
export function namedRun({
  settings,
  home,
}: Pick<Project, 'settings' | 'home'>): string | undefined {
  const { activeRun } = settings;
  if (activeRun === undefined) return undefined;
  if (isAbsolute(activeRun) || /[/\\]/.test(activeRun)) return resolve(home, activeRun);
  return join(runsFolderOf(home), activeRun);
}

/** The folder of the run that segdec.json names. Throws an OutsideError as namedPlace does. */
export async function namedRunFolder(
  project: Project,
  allowed: readonly string[],
): Promise<string | undefined> {
  const { file, home } = project;
  const name = namedRun(project);
  if (file === undefined || name === undefined) return undefined;
  return await namedPlace({ file, home, what: 'run', name }, allowed);
}

/** The newest run that has metrics of this dataset. */
async function newestScored(project: Project, dataset: string): Promise<string | undefined> {
  for (const folder of await listRuns(project.home)) {
    try {
      await ownRunFolder(project.home, basename(folder));
      const metrics = await readMetricsFile(runPaths(folder).metrics);
      if (metrics !== undefined && resolve(metrics.dataset) === dataset) return folder;
    } catch (error) {
      // A broken run folder, or a link, is shown as such among the runs; here the next one counts.
      if (!(error instanceof UserError) && systemSentence(error) === undefined) throw error;
    }
  }
  return undefined;
}

/**
 * Finds the active run; `known` is given back when nothing changed in it. Throws a UserError for a named
 * run that cannot be read, and an OutsideError for one outside of the project that is not among `allowed`.
 */
export async function findActiveRun(
  project: Project,
  dataset: string,
  known: ActiveRun | undefined,
  allowed: readonly string[] = [],
): Promise<ActiveRun | undefined> {
  const folder = (await namedRunFolder(project, allowed)) ?? (await newestScored(project, dataset));
  if (folder === undefined) return undefined;
  const paths = runPaths(folder);
  const files = [paths.run, paths.scores, paths.metrics];
  const stamp = [folder, ...(await Promise.all(files.map(stampOf)))].join('|');
  if (known?.stamp === stamp) return known;
  const run = await readRunFile(paths.run);
  const { value: threshold } = await shippedThreshold(folder, run);
  const scores = await readScores(paths.scores);
  return { paths, name: run.name || basename(folder), threshold, scores, stamp };
}
