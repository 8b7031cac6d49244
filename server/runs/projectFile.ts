/**
 * segdec.json: a workspace's own choices, all optional. It is looked for from the dataset folder
 * upwards; `.segdec/` lies beside it, else in the dataset folder.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { mostBytes } from '../../common/node/readLimited.ts';
import { UserError } from '../../protocol/errors.ts';
import type { OpenOptions } from '../data/dataset.ts';
import { namedPlace } from '../data/places.ts';
import { parseJson } from '../files/readJson.ts';
import { readWhole } from '../files/readWhole.ts';
import { projectSchema, projectSchemaVersion } from './projectSchema.ts';
import type { ProjectSettings } from './projectSchema.ts';
import { assertReadable, firstIssue } from './runFile.ts';
import { exists } from './runFolder.ts';

export { projectSchema } from './projectSchema.ts';
export type { ProjectSettings } from './projectSchema.ts';

export interface Project {
  /** The file, or undefined when there is none. */
  readonly file: string | undefined;
  readonly settings: ProjectSettings;
  /** Where `.segdec/` lies. */
  readonly home: string;
}

/** The first segdec.json from `folder` upwards. */
export async function findProjectFile(folder: string): Promise<string | undefined> {
  for (let place = resolve(folder); ; place = dirname(place)) {
    const file = join(place, 'segdec.json');
    if (await exists(file)) return file;
    if (dirname(place) === place) return undefined;
  }
}

async function readProjectFile(file: string): Promise<ProjectSettings> {
  const value = parseJson(await readWhole(file, mostBytes.settings), file);
  if (typeof value === 'object' && value !== null && 'schemaVersion' in value) {
    assertReadable(value, projectSchemaVersion, file);
  }
  const parsed = projectSchema.safeParse(value);
  if (!parsed.success) throw new UserError(`${file} cannot be used: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

/** The project that a dataset folder belongs to. Throws a UserError for a broken segdec.json. */
export async function openProject(dataFolder: string): Promise<Project> {
  const file = await findProjectFile(dataFolder);
  if (file === undefined) return { file, settings: {}, home: resolve(dataFolder) };
  return { file, settings: await readProjectFile(file), home: dirname(file) };
}

/** The folder that a run's own files speak for: that of its project, else the run folder itself. */
export async function homeOfRun(runFolder: string): Promise<string> {
  const folder = await realpath(runFolder);
  const file = await findProjectFile(folder);
  if (file !== undefined) return dirname(file);
  const runs = dirname(folder);
  const hidden = dirname(runs);
  const isKept = basename(runs) === 'runs' && basename(hidden) === '.segdec';
  return isKept ? dirname(hidden) : folder;
}

/**
 * The dataset folder: `data` itself, or the one that its own segdec.json names. `allowed`: places outside of the
 * project that the person has named for it. Throws an OutsideError for any other place outside.
 */
export async function dataFolder(
  data: string,
  { file, settings, home }: Project,
  allowed: readonly string[] = [],
): Promise<string> {
  const folder = resolve(data);
  if (file === undefined || settings.dataset === undefined || dirname(file) !== folder)
    return folder;
  const named = { file, home, what: 'dataset', name: settings.dataset, flag: '--data' };
  return await namedPlace(named, allowed);
}

/** How its settings have a dataset folder be read. */
export const openOptionsOf = ({
  dataset,
  layout,
  class: name,
  onlyClass,
  fold,
  orientation,
  followLinks,
}: ProjectSettings): OpenOptions => ({
  ...(layout === undefined ? {} : { layout }),
  ...(name === undefined ? {} : { class: name }),
  ...(onlyClass === undefined ? {} : { onlyClass }),
  ...(fold === undefined ? {} : { fold }),
  ...(orientation === undefined ? {} : { orientation }),
  ...(followLinks === undefined ? {} : { followLinks }),
  ...(dataset === undefined ? {} : { isChosen: true }),
});

/** segdec.json speaks of one dataset: found above another one, it only says where runs go. */
export function settingsFor(folder: string, { settings, home }: Project): ProjectSettings {
  if (settings.dataset === undefined || resolve(home, settings.dataset) === folder) return settings;
  return {};
}
