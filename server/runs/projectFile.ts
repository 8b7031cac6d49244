/**
 * segdec.json: a workspace's own choices, all optional. It is looked for from the dataset folder
 * upwards; `.segdec/` lies beside it, else in the dataset folder.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { layoutNames } from '../../protocol/dataset.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { deviceNames, engineNames, presetNames, variantNames } from '../../protocol/run.ts';
import { assertReadable, firstIssue, settingsSchema } from './runFile.ts';
import { exists } from './runFolder.ts';

/** Raised when an older program could no longer read what we write. */
export const projectSchemaVersion = 1;

export const projectSchema = z.strictObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(projectSchemaVersion).optional(),
  needs: z.string().optional(),
  /** Dataset folder, relative to this file. */
  dataset: z.string().optional(),
  layout: z.enum(layoutNames).optional(),
  class: z.string().optional(),
  onlyClass: z.boolean().optional(),
  fold: z.number().int().nonnegative().optional(),
  /** WIDTHxHEIGHT. */
  size: z
    .string()
    .regex(/^\d+x\d+$/, 'must be WIDTHxHEIGHT, such as 232x640')
    .optional(),
  variant: z.enum(variantNames).optional(),
  width: z.number().positive().optional(),
  preset: z.enum(presetNames).optional(),
  settings: settingsSchema.partial().optional(),
  segmented: z
    .union([z.number().int().nonnegative(), z.literal('all'), z.array(z.string())])
    .optional(),
  validation: z.union([z.number().gt(0).lt(1), z.enum(['test', 'none'])]).optional(),
  weights: z.enum(['last', 'best']).optional(),
  seed: z.number().int().optional(),
  engine: z.enum(engineNames).optional(),
  device: z.enum(deviceNames).optional(),
  /** GiB. */
  memory: z.number().positive().optional(),
  threads: z.number().int().positive().optional(),
  activeRun: z.string().optional(),
});
export type ProjectSettings = z.infer<typeof projectSchema>;

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
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file} is not valid JSON (${errorText(error)}).`, { cause: error });
  }
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

/** `.segdec/runs` of a project. */
export const runsFolder = (project: Project): string => join(project.home, '.segdec', 'runs');

/** The dataset folder: `data` itself, or the one that its own segdec.json names. */
export function dataFolder(data: string, { file, settings, home }: Project): string {
  const folder = resolve(data);
  if (file === undefined || settings.dataset === undefined || dirname(file) !== folder)
    return folder;
  return resolve(home, settings.dataset);
}

/** segdec.json speaks of one dataset: found above another one, it only says where runs go. */
export function settingsFor(folder: string, { settings, home }: Project): ProjectSettings {
  if (settings.dataset === undefined || resolve(home, settings.dataset) === folder) return settings;
  return {};
}
