/** Answers that begin something: a segdec.json for an open folder, a sample dataset to try. */
import { counted } from '../../../protocol/counted.ts';
import { readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import { requests } from '../../../protocol/messages.ts';
import { writeSampleDataset } from '../../data/synthetic.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { createProjectFile } from '../../runs/editProjectFile.ts';
import type { ProjectSettings } from '../../runs/projectFile.ts';
import type { Call } from '../door.ts';
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

/** Registers them. */
export function registerSetupHandlers({ door, projects }: Workplace): void {
  door.handle(requests.projectCreate, async ({ folder }) => {
    const project = await projects.read(folder);
    const layout = project.info().layout;
    const file = await createProjectFile(project.id, {
      dataset: '.',
      ...(layout === null ? {} : { layout }),
    });
    await project.reload('files');
    return { file };
  });
  door.handle(requests.sampleCreate, ({ folder, images }, call) =>
    createSample(folder, images ?? sampleImages.usual, call),
  );
}
