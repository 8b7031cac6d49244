/** Answers that begin something: a segdec.json for an open folder, a sample dataset to try. */
import { counted } from '../../../protocol/counted.ts';
import { readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import { requests } from '../../../protocol/messages.ts';
import { writeSampleDataset } from '../../data/synthetic.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { leadsOut } from '../../files/leadsOut.ts';
import { createProjectFile, setInProjectFile } from '../../runs/editProjectFile.ts';
import { openProject } from '../../runs/projectFile.ts';
import type { ProjectSettings } from '../../runs/projectFile.ts';
import type { Call } from '../door.ts';
import type { Project } from '../project/project.ts';
import type { Workplace } from '../workplace.ts';

const sampleImages = { least: 8, usual: 160, most: 10_000 };

/** Trains well in a few minutes on two cores. */
const sampleSettings: ProjectSettings = {
  dataset: '.',
  preset: 'dagm',
  width: 0.5,
  settings: { epochs: 10 },
};

/** What writing a sample puts into its folder, which was empty. */
const sampleContent = ['train', 'test', 'labels.csv', 'segdec.json'];

/** True for a folder that is missing or empty: whatever lies there later is ours. */
async function isNew(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}

async function createSample(
  folder: string,
  images: number,
  { signal, progress }: Call,
): Promise<{ folder: string; images: number }> {
  const { least, most } = sampleImages;
  if (!isAbsolute(folder)) {
    throw new UserError(`${folder} is no absolute path; name a new folder by one.`);
  }
  if (images < least || images > most) {
    throw new UserError(`A sample has ${least} to ${counted(most, 'image')}, not ${images}.`);
  }
  const place = resolve(folder);
  const begun = await isNew(place);
  let written = 0;
  const onImage = (): void => {
    written += 1;
    progress({
      done: written,
      total: images,
      message: `Drawn ${written} of ${counted(images, 'image')}`,
    });
  };
  try {
    await writeSampleDataset(place, { images, signal, onImage });
    await createProjectFile(place, sampleSettings);
  } catch (error) {
    if (begun) {
      for (const name of sampleContent) {
        await rm(join(place, name), { recursive: true, force: true });
      }
    }
    throw error;
  }
  return { folder: place, images };
}

/** Writes the choice of a project's dataset folder; a file that names another one is left as it is. */
async function chooseDataset(project: Project, named: string): Promise<string> {
  const folder = resolve(project.id, named);
  const dataset = relative(project.id, folder).split(sep).join('/') || '.';
  if (leadsOut(project.id, folder)) {
    throw new UserError(`${folder} is not in ${project.id}; choose a folder below it.`);
  }
  const inFile = await openProject(project.id);
  const file = join(project.id, 'segdec.json');
  if (inFile.file !== file) return await createProjectFile(project.id, { dataset });
  if (inFile.settings.dataset !== undefined) {
    throw new UserError(`${file} names the dataset ${inFile.settings.dataset} already; edit it.`);
  }
  await setInProjectFile(inFile, 'dataset', dataset);
  return file;
}

async function createProject(project: Project, dataset: string | undefined): Promise<string> {
  if (dataset !== undefined) return await chooseDataset(project, dataset);
  const { layout } = project.info();
  const settings = { dataset: '.', ...(layout === null ? {} : { layout }) };
  return await createProjectFile(project.id, settings);
}

/** Registers them. */
export function registerSetupHandlers({ door, projects }: Workplace): void {
  door.handle(requests.projectCreate, async ({ folder, dataset }) => {
    const project = await projects.read(folder);
    const file = await createProject(project, dataset);
    await project.reload('files');
    return { file };
  });
  door.handle(requests.sampleCreate, ({ folder, images }, call) =>
    createSample(folder, images ?? sampleImages.usual, call),
  );
}
