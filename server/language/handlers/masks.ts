/** Answers about single images large and small: tiles, heat map, and the masks that are edited. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import { UnreadableFile } from '../../../common/node/readLimited.ts';
import type { ImageHeatmap } from '../../../protocol/masks.ts';
import { requests } from '../../../protocol/messages.ts';
import { createImageReader } from '../../data/images/reader.ts';
import { placeInside } from '../../data/masks/inside.ts';
import { makeFolder } from '../../files/atomicWrite.ts';
import { isCached, writeCacheFile } from '../../files/cacheFile.ts';
import { readKeptIfThere } from '../../files/kept.ts';
import { defaultThreshold } from '../../runs/defaults.ts';
import { keptHeatmap } from '../../runs/heatmaps.ts';
import { stackOf } from '../door.ts';
import { MaskStore } from '../maskStore.ts';
import type { Project } from '../project/project.ts';
import { TileStore } from '../tiles.ts';
import type { Workplace } from '../workplace.ts';
import { registerMaskExchange } from './maskExchange.ts';

/** The largest images take a minute. */
const timeoutMs = 180_000;
/** One may be busy with the tiles of a large image. */
const workers = 2;
/** A map is an eighth of the network's input on each side. */
const mostMapBytes = 64 * 2 ** 20;
const pngStart = Buffer.of(0x89, 0x50, 0x4e, 0x47);

/** The absolute path of an image. Throws a UserError for one that is none of the project. */
async function fileOf(project: Project, image: string): Promise<string> {
  if (project.sample(image) !== undefined) {
    // Behind a link that was followed when the folder was listed.
    if (project.tree?.isOutside(image) === true) return join(project.folder, image);
    return await placeInside(project.folder, image);
  }
  throw new UserError(`${image} is no image of ${project.folder}; refresh the list and try again.`);
}

/** The bytes of the active run's map; undefined where it has none that can be shown. */
async function mapOf(project: Project, image: string): Promise<Buffer | undefined> {
  const folder = project.activeRun?.paths.heatmaps;
  if (folder === undefined) return undefined;
  const file = await keptHeatmap(folder, image);
  if (file === undefined) return undefined;
  try {
    const bytes = await readKeptIfThere(file, mostMapBytes);
    return bytes?.subarray(0, 4).equals(pngStart) === true ? bytes : undefined;
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}

async function heatmapOf(folder: string, project: Project, image: string): Promise<ImageHeatmap> {
  const threshold = project.activeRun?.threshold ?? defaultThreshold.value;
  const bytes = await mapOf(project, image);
  if (bytes === undefined) return { file: null, threshold };
  const file = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.png`);
  if (!(await isCached(file))) {
    await makeFolder(folder);
    await writeCacheFile(file, bytes);
  }
  return { file, threshold };
}

/** Registers them. */
export function registerMaskHandlers(workplace: Workplace): void {
  const { connection, door, projects, pictures, cacheFolder, onShutdown } = workplace;
  // Of its own: a large image would keep the small ones waiting, and takes longer than they may.
  const reader = createImageReader({ workers, timeoutMs });
  onShutdown(() => reader.dispose());
  const tiles = new TileStore(cacheFolder, reader);
  const masks = new MaskStore(cacheFolder, reader);
  for (const store of [tiles, masks]) {
    store.trim().catch((error: unknown) => connection.console.error(stackOf(error)));
  }

  registerMaskExchange(workplace, masks, reader);
  door.handle(requests.imageTiles, async ({ project, image }) => {
    const opened = await projects.read(project);
    return await tiles.get(await fileOf(opened, image), opened.content?.dataset.orientation);
  });
  door.handle(requests.imageHeatmap, async ({ project, image }) => {
    const opened = await projects.read(project);
    await fileOf(opened, image);
    return await heatmapOf(pictures.mapsFolder, opened, image);
  });
  door.handle(requests.maskOpen, async ({ project, image }) =>
    masks.open(await projects.read(project), image),
  );
  door.handle(requests.maskStamp, async ({ project, image }) => ({
    stamp: await masks.stamp(await projects.read(project), image),
  }));
  door.handle(requests.maskWrite, async ({ project, image, ...edit }) => {
    const opened = await projects.read(project);
    const written = await masks.write(opened, image, edit);
    // Readers see the new mask soon; whoever saves does not wait for a whole folder.
    if (written.outcome === 'saved') void opened.reload('files');
    return written;
  });
}
