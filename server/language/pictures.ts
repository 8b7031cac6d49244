/**
 * Small pictures as files in a cache, named by what they show: a changed image, mask or heat map is another
 * picture. They are made in decoding processes of their own, which wait for nothing else.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Orientation, Sample } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { withoutEnding } from '../data/fileTree.ts';
import { createImageReader, orientedReader } from '../data/images/reader.ts';
import type { PictureRequest } from '../data/images/reader.ts';
import { makeFolder } from '../files/atomicWrite.ts';
import { isCached, trimCache, writeCacheFile } from '../files/cacheFile.ts';
import { errorCode } from '../files/fileSystem.ts';
import { keptHeatmap } from '../runs/heatmaps.ts';
import { NewestFirst } from './pictureQueue.ts';
import type { Project } from './project/project.ts';

/** Raised when the same sources give other pictures. */
const version = 2;
/** Decoding processes: most machines have two cores to spare. */
const workers = 2;
const mostWaiting = 4000;
/** Images known to be unreadable. */
const mostBroken = 10_000;
const mostBytes = 500 * 2 ** 20;
/** Of a name with its ending; a temporary file beside it has a longer one. */
const mostNameBytes = 200;

export type PictureKind = 'plain' | 'overlay';

interface OrientedRequest extends PictureRequest {
  readonly orientation?: Orientation;
}

/** Changes with a file; undefined where there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size } = await stat(path);
    return `${mtimeMs}/${size}`;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

export class Pictures {
  readonly #folder: string;
  readonly #reader = createImageReader({ workers });
  readonly #queue = new NewestFirst<string | undefined>(workers, mostWaiting);
  readonly #broken = new Set<string>();
  readonly #made = new Map<string, Promise<void>>();

  constructor(cacheFolder: string) {
    this.#folder = join(cacheFolder, 'pictures');
  }

  /** Where heat maps of predictions are kept, beside the pictures. */
  get mapsFolder(): string {
    return join(dirname(this.#folder), 'maps');
  }

  /** Removes what was not used for longest when there is too much. */
  async trim(): Promise<void> {
    await trimCache(this.#folder, mostBytes);
    await trimCache(this.mapsFolder, mostBytes / 5);
  }

  /**
   * The absolute path of an image's picture, undefined for one that cannot be read. `overlay`: under its
   * heat map of the active run, where it has one, with the outline of its mask. Throws a CancelledError
   * when aborted.
   */
  async get(
    project: Project,
    image: string,
    kind: PictureKind,
    side: number,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const sample = project.sample(image);
    if (sample === undefined) return undefined;
    const file = join(project.folder, image);
    const orientation = project.content?.dataset.orientation;
    const plain = await this.#picture(file, { side, ...(orientation && { orientation }) }, signal);
    if (kind === 'plain' || plain === undefined) return plain;
    const heatmap = await heatmapOf(project, image);
    const request = {
      ...{ side, ...maskOf(project, sample), ...(heatmap && { heatmap }) },
      ...(orientation && { orientation }),
    };
    // A broken heat map or mask takes nothing from the image.
    return (await this.#picture(file, request, signal)) ?? plain;
  }

  /** The picture of any image file under a heat map; with its mask, if it is one of a project. */
  async ofPrediction(
    file: string,
    heatmap: string,
    side: number,
    known: { readonly project: Project; readonly image: string } | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const sample = known?.project.sample(known.image);
    const mask = known === undefined || sample === undefined ? {} : maskOf(known.project, sample);
    const orientation = known?.project.content?.dataset.orientation;
    const request = { side, heatmap, ...mask, ...(orientation && { orientation }) };
    // It is opened in an editor, whose tab shows its name.
    const name = `${withoutEnding(basename(file))} heat map`;
    return await this.#picture(file, request, signal, name);
  }

  async dispose(): Promise<void> {
    await this.#reader.dispose();
  }

  async #picture(
    file: string,
    request: OrientedRequest,
    signal: AbortSignal | undefined,
    name?: string,
  ): Promise<string | undefined> {
    const key = await keyOf(file, request);
    if (key === undefined || this.#broken.has(key)) return undefined;
    const isNamed = name !== undefined && Buffer.byteLength(name) < mostNameBytes;
    const path = join(
      this.#folder,
      key.slice(0, 2),
      isNamed ? key : '',
      `${isNamed ? name : key}.jpg`,
    );
    if (await isCached(path)) return path;
    return await this.#queue.run(key, () => this.#make(key, path, file, request), signal);
  }

  async #make(
    key: string,
    path: string,
    file: string,
    request: OrientedRequest,
  ): Promise<string | undefined> {
    try {
      const { jpeg } = await orientedReader(this.#reader, request.orientation).picture(
        file,
        request,
      );
      await this.#write(path, jpeg);
      return path;
    } catch (error) {
      if (!(error instanceof UserError) || !('fault' in error)) throw error;
      if (this.#broken.size > mostBroken) this.#broken.clear();
      this.#broken.add(key);
      return undefined;
    }
  }

  async #write(path: string, jpeg: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const making = this.#made.get(folder) ?? makeFolder(folder);
    this.#made.set(folder, making);
    try {
      await making;
      await writeCacheFile(path, jpeg);
    } catch (error) {
      // The cache may have been cleared by hand: the next picture makes the folder again.
      this.#made.delete(folder);
      throw error;
    }
  }
}

function maskOf(project: Project, { label, mask }: Sample): Pick<PictureRequest, 'mask'> {
  if (label !== 'defective' || mask === undefined) return {};
  return { mask: { root: project.folder, source: mask } };
}

/** The heat map that the active run has of an image. */
async function heatmapOf(project: Project, image: string): Promise<string | undefined> {
  const folder = project.activeRun?.paths.heatmaps;
  if (folder === undefined) return undefined;
  try {
    return await keptHeatmap(folder, image);
  } catch (error) {
    // The image is shown without it; what is wrong with the run is said among the runs.
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}

/** Names a picture by all that it shows; undefined for an image that is not there. */
async function keyOf(
  file: string,
  { side, heatmap, mask, orientation }: OrientedRequest,
): Promise<string | undefined> {
  const stamp = await stampOf(file);
  if (stamp === undefined) return undefined;
  const parts: unknown[] = [version, file, stamp, side, orientation ?? 'exif'];
  if (heatmap !== undefined) parts.push(heatmap, await stampOf(heatmap));
  if (mask?.source.kind === 'runs') parts.push(mask.source);
  if (mask?.source.kind === 'file') {
    for (const name of [mask.source.path, ...(mask.source.more ?? [])]) {
      const path = join(mask.root, name);
      parts.push(path, await stampOf(path));
    }
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}
