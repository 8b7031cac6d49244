/**
 * One version of the images that a grid shows, read page by page as they are wanted. A group of the tree
 * stands for its own images and all below it, in the order in which the tree shows them.
 */
import type { ImageItem, ImageQuery } from '../../protocol/explorer.ts';
import { errorCodes, mostOfPage, requests } from '../../protocol/messages.ts';
import type { ServerHandle } from '../server/serverHandle.ts';

/** What is listed. */
export interface ListingSource {
  readonly project: string;
  readonly query: ImageQuery;
  /** Id of a group; null: all images of the project in one list. */
  readonly group: string | null;
}

/** Images that lie in one group, at their place in the listing. */
interface Part {
  readonly group: string | null;
  readonly from: number;
  readonly images: number;
}

type Ask = Pick<ServerHandle, 'request'>;

/** More images than these are placed by reading all names, fewer one by one. */
const fewImages = 40;
const readAgain = 3;

/** The images changed between two parts of one reading. */
class Torn extends Error {}

async function partsOf(
  ask: Ask,
  source: ListingSource,
): Promise<{ version: number; parts: Part[] }> {
  const { project, query } = source;
  if (source.group === null) {
    const first = { project, query, group: null, offset: 0, limit: 1, version: null };
    const { version, total } = await ask.request(requests.datasetPage, first);
    return { version, parts: [{ group: null, from: 0, images: total }] };
  }
  const parts: Part[] = [];
  let version: number | undefined;
  let from = 0;
  const walk = async (parent: string): Promise<void> => {
    const below = await ask.request(requests.datasetGroups, { project, query, parent });
    version ??= below.version;
    if (below.version !== version) throw new Torn('The images changed while they were listed.');
    for (const { id } of below.groups) await walk(id);
    parts.push({ group: parent, from, images: below.images });
    from += below.images;
  };
  await walk(source.group);
  return { version: version ?? 0, parts };
}

/** Reads until one version was seen from beginning to end. */
async function wholeParts(ask: Ask, source: ListingSource): ReturnType<typeof partsOf> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await partsOf(ask, source);
    } catch (error) {
      if (!(error instanceof Torn) || attempt === readAgain) throw error;
    }
  }
}

/** How many images of a source have no label yet. */
export async function countUnlabelled(ask: Ask, source: ListingSource): Promise<number> {
  const { filter } = source.query;
  const asked = filter.states ?? [];
  if (asked.length > 0 && !asked.includes('unlabelled')) return 0;
  const states = ['unlabelled' as const];
  const query = { ...source.query, filter: { ...filter, states } };
  const { parts } = await wholeParts(ask, { ...source, query });
  return parts.reduce((sum, { images }) => sum + images, 0);
}

export class Listing {
  readonly version: number;
  readonly total: number;
  readonly #ask: Ask;
  readonly #source: ListingSource;
  readonly #parts: readonly Part[];
  /** As the server sent them, by position. */
  readonly #items = new Map<number, ImageItem>();
  readonly #positions = new Map<string, number>();

  constructor(ask: Ask, source: ListingSource, version: number, parts: readonly Part[]) {
    this.#ask = ask;
    this.#source = source;
    this.version = version;
    this.#parts = parts;
    this.total = parts.reduce((sum, { images }) => sum + images, 0);
  }

  /** The newest listing. */
  static async read(ask: Ask, source: ListingSource): Promise<Listing> {
    const { version, parts } = await wholeParts(ask, source);
    return new Listing(ask, source, version, parts);
  }

  /** The images that were read so far. */
  get held(): Iterable<ImageItem> {
    return this.#items.values();
  }

  /** The images of some positions. Fails as stale when there is a newer version and these were not read yet. */
  async page(from: number, to: number): Promise<ImageItem[]> {
    const end = Math.min(to, this.total);
    for (const part of this.#parts) {
      const first = Math.max(from, part.from);
      const last = Math.min(end, part.from + part.images);
      if (first < last) await this.#load(part, first, last);
    }
    return this.#between(from, end);
  }

  /** Positions of images by name, null for those that are not in it. */
  async places(images: readonly string[]): Promise<(number | null)[]> {
    if (images.length <= fewImages) {
      return await Promise.all(images.map((image) => this.#locate(image)));
    }
    await this.page(0, this.total);
    return images.map((image) => this.#positions.get(image) ?? null);
  }

  /** Likewise from what was read already, without a server. */
  heldPlaces(images: readonly string[]): (number | null)[] {
    return images.map((image) => this.#positions.get(image) ?? null);
  }

  #between(from: number, to: number): ImageItem[] {
    const items: ImageItem[] = [];
    for (let position = from; position < to; position += 1) {
      const item = this.#items.get(position);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  async #load(part: Part, first: number, last: number): Promise<void> {
    let at = first;
    while (at < last) {
      if (this.#items.has(at)) {
        at += 1;
        continue;
      }
      const limit = Math.min(mostOfPage, last - at);
      const { project, query } = this.#source;
      const { items } = await this.#ask.request(requests.datasetPage, {
        ...{ project, query, group: part.group, version: this.version },
        ...{ offset: at - part.from, limit },
      });
      if (items.length === 0) throw new Error('The server listed fewer images than it counted.');
      for (const item of items) {
        this.#items.set(at, item);
        this.#positions.set(item.image, at);
        at += 1;
      }
    }
  }

  async #locate(image: string): Promise<number | null> {
    const { project, query, group } = this.#source;
    const flat = group === null;
    const found = await this.#ask.request(requests.datasetLocate, { project, query, image, flat });
    if (found === null) return null;
    const lowest = flat ? null : (found.groups.at(-1) ?? '');
    const part = this.#parts.find((candidate) => candidate.group === lowest);
    if (part === undefined || found.index >= part.images) return null;
    const position = part.from + found.index;
    this.#positions.set(image, position);
    return position;
  }
}

/** True for the answer that the listing is of an older version. */
export function isStale(code: number | undefined): boolean {
  return code === errorCodes.stale;
}
