/** Looks at what a segdec.json points to: the dataset folder as the project knows it, else on disk. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { readFileTree } from '../../../data/fileTree.ts';
import { chooseLayout } from '../../../data/layouts/index.ts';
import { OutsideError } from '../../../data/places.ts';
import { namedRunFolder } from '../../../runs/activeRun.ts';
import { dataFolder } from '../../../runs/projectFile.ts';
import type { ProjectSettings } from '../../../runs/projectSchema.ts';
import { errorCode } from '../../../files/fileSystem.ts';
import type { Project } from '../../project/project.ts';
import type { ProjectFacts } from './checks.ts';

/** What says how a folder is read. */
const readingKeys = ['layout', 'class', 'onlyClass', 'fold', 'followLinks'] as const;

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return false;
  }
}

/** Flags in a sentence for the terminal, as the keys that they are here. */
const inKeys = (message: string): string =>
  message.replace(/--([a-z][a-z-]*)/g, (_, flag: string) => {
    return `"${flag.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())}"`;
  });

type Fault = NonNullable<ProjectFacts['fault']>;

async function faultOf(
  folder: string,
  settings: ProjectSettings,
  mayFollowLinks: boolean,
): Promise<Fault | undefined> {
  let key = 'dataset';
  try {
    const followLinks = mayFollowLinks && settings.followLinks !== false;
    const tree = await readFileTree(folder, { followLinks });
    if (settings.layout !== undefined) key = 'layout';
    const layout = chooseLayout(tree, folder, settings.layout);
    const unfit = unfitKey(layout.name, layout.hasClasses, settings);
    if (unfit !== undefined) return unfit;
    key = settings.fold !== undefined && layout.name === 'ksdd' ? 'fold' : 'class';
    await layout.read(tree, {
      root: folder,
      seed: 0,
      ...(settings.class === undefined ? {} : { class: settings.class }),
      ...(settings.onlyClass === undefined ? {} : { onlyClass: settings.onlyClass }),
      ...(settings.fold === undefined ? {} : { fold: settings.fold }),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { path: [key], message: inKeys(error.message) };
  }
}

/** A key that the layout has no use for. */
function unfitKey(
  layout: string,
  hasClasses: boolean,
  settings: ProjectSettings,
): Fault | undefined {
  const unfit = (key: string, what: string): Fault => ({
    path: [key],
    message: `Layout ${layout} has no ${what}; remove "${key}".`,
  });
  if (settings.fold !== undefined && layout !== 'ksdd') return unfit('fold', 'folds');
  if (settings.class !== undefined && !hasClasses) return unfit('class', 'classes');
  if (settings.onlyClass === true && layout !== 'severstal') {
    return unfit('onlyClass', 'choice between one class and all');
  }
  return undefined;
}

type Outside = ProjectFacts['outside'][number];

/** What `find` gives; undefined, and noted, for what may not be looked at. */
async function unlessOutside<T>(
  outside: Outside[],
  key: Outside['key'],
  find: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message =
      error instanceof OutsideError ? `${error.fact}; nothing there is looked at.` : error.message;
    outside.push({ key, message });
    return undefined;
  }
}

/** What is known of the dataset that the settings name. `project`: the open one of this file, if it is open. */
export async function gatherFacts(
  file: string,
  settings: ProjectSettings,
  project: Project | undefined,
  allowed: readonly string[] = [],
  mayFollowLinks = true,
): Promise<ProjectFacts> {
  const home = dirname(file);
  const outside: Outside[] = [];
  const folder = await unlessOutside(outside, 'dataset', () =>
    dataFolder(home, { file, settings, home }, allowed),
  );
  const run = await unlessOutside(outside, 'activeRun', () =>
    namedRunFolder({ file, settings, home }, allowed),
  );
  const hasActiveRun = run === undefined || (await isThere(join(run, 'run.json')));
  if (folder === undefined) return { fault: undefined, samples: undefined, hasActiveRun, outside };
  const read = project?.folder === folder ? project.content : undefined;
  const asRead =
    read !== undefined && readingKeys.every((key) => read.file.settings[key] === settings[key]);
  if (!asRead) {
    const fault = await faultOf(folder, settings, mayFollowLinks);
    return { fault, samples: undefined, hasActiveRun, outside };
  }
  const { samples } = read.dataset;
  const known = !samples.some(({ label }) => label === 'unknown');
  return { fault: undefined, samples: known ? samples : undefined, hasActiveRun, outside };
}
