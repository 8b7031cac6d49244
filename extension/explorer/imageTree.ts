/**
 * The nodes of the images view, asked for when they are opened and kept: while the server is away, what was
 * listed last is shown again. Many images become ranges, so that no list is longer than a thousand.
 */
import type {
  GroupsResult,
  ImageItem,
  ImageQuery,
  LocateResult,
  PageResult,
} from '../../protocol/explorer.ts';
import type { GroupNode, ImageNode, Node, RangeNode } from './nodes.ts';
import { nodeId } from './nodes.ts';

/** Where listings come from: the server, or the folder itself where there is none. */
export interface ListingSource {
  groups(project: string, query: ImageQuery, parent: string | null): Promise<GroupsResult>;
  /** `group` '': images that lie in no group. Throws a stale error when `version` is not the listing's. */
  page(
    project: string,
    query: ImageQuery,
    at: { group: string; offset: number; limit: number; version: number | null },
  ): Promise<PageResult>;
  locate(project: string, query: ImageQuery, image: string): Promise<LocateResult | null>;
}

export interface Faults {
  /** The listing changed between two questions. */
  readonly isStale: (error: unknown) => boolean;
  /** Nobody is there to answer. */
  readonly isAway: (error: unknown) => boolean;
}

export interface Shown {
  readonly project: string;
  readonly query: ImageQuery;
  readonly source: ListingSource;
}

/** Images in one list; more are cut into ranges. */
export const mostInList = 1000;
export const rangeSize = 500;
/** Beyond this many ranges, asking for the names of all would take longer than it is worth. */
const mostNamedRanges = 400;
/** Times to ask again when the listing changes under a question. */
const mostTries = 5;

interface Held {
  readonly generation: number;
  readonly nodes: readonly Node[];
}

/** The cuts of a list. */
export function rangesOf(images: number): { offset: number; count: number }[] {
  const count = Math.ceil(images / rangeSize);
  return Array.from({ length: count }, (_, i) => ({
    offset: i * rangeSize,
    count: Math.min(rangeSize, images - i * rangeSize),
  }));
}

export class ImageTree {
  readonly #faults: Faults;
  readonly #held = new Map<string, Held>();
  readonly #asked = new Map<string, Promise<readonly Node[]>>();
  #shown: Shown | undefined;
  #generation = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  get shown(): Shown | undefined {
    return this.#shown;
  }

  /** True when there is something to show without asking. */
  get isHeld(): boolean {
    return (this.#held.get('')?.nodes.length ?? 0) > 0;
  }

  /** Shows another project, query or source: what was kept belongs to the other one. */
  show(shown: Shown | undefined): void {
    this.#shown = shown;
    this.#held.clear();
    this.refresh();
  }

  /** Asks anew for what is opened next; what is kept stays for when nobody answers. */
  refresh(): void {
    this.#generation += 1;
    this.#asked.clear();
  }

  /** The nodes below one, or at the top. */
  async children(parent?: Node): Promise<readonly Node[]> {
    const shown = this.#shown;
    if (shown === undefined || parent?.kind === 'image') return [];
    const key = parent === undefined ? '' : nodeId(parent);
    const held = this.#held.get(key);
    if (held?.generation === this.#generation) return held.nodes;
    const asked = this.#asked.get(key) ?? this.#ask(shown, key, parent);
    this.#asked.set(key, asked);
    return await asked;
  }

  /** The node of an image, with those above it; undefined when the filter leaves it out. */
  async find(image: string): Promise<ImageNode | undefined> {
    const shown = this.#shown;
    if (shown === undefined) return undefined;
    const place = await shown.source.locate(shown.project, shown.query, image);
    if (place === null) return undefined;
    let parent: GroupNode | undefined;
    for (const id of place.groups) {
      const below: readonly Node[] = await this.children(parent);
      parent = below.find(
        (node): node is GroupNode => node.kind === 'group' && node.group.id === id,
      );
      if (parent === undefined) return undefined;
    }
    return await this.#findIn(parent, image, place.index);
  }

  async #findIn(
    parent: GroupNode | undefined,
    image: string,
    index: number,
  ): Promise<ImageNode | undefined> {
    const isIt = (node: Node): node is ImageNode =>
      node.kind === 'image' && node.item.image === image;
    const below = await this.children(parent);
    const range = below.find(
      (node) => node.kind === 'range' && node.offset <= index && index < node.offset + node.count,
    );
    return (range === undefined ? below : await this.children(range)).find(isIt);
  }

  async #ask(shown: Shown, key: string, parent: Node | undefined): Promise<readonly Node[]> {
    const generation = this.#generation;
    try {
      const nodes =
        parent?.kind === 'range'
          ? await this.#imagesOf(shown, parent)
          : await this.#below(shown, parent?.kind === 'group' ? parent : undefined);
      const newer = (this.#held.get(key)?.generation ?? 0) > generation;
      if (this.#shown === shown && !newer) this.#held.set(key, { generation, nodes });
      return nodes;
    } catch (error) {
      if (this.#faults.isAway(error)) return this.#held.get(key)?.nodes ?? [];
      throw error;
    } finally {
      if (this.#generation === generation) this.#asked.delete(key);
    }
  }

  async #imagesOf({ source, project, query }: Shown, range: RangeNode): Promise<Node[]> {
    const { groupId: group, offset, count: limit } = range;
    const { items } = await source.page(project, query, { group, offset, limit, version: null });
    return items.map((item) => ({ kind: 'image', project, item, parent: range }));
  }

  /** Groups and images below a group, of one version of the listing. */
  async #below(shown: Shown, parent: GroupNode | undefined): Promise<Node[]> {
    const { source, project, query } = shown;
    for (let tries = 1; ; tries += 1) {
      const listing = await source.groups(project, query, parent?.group.id ?? null);
      // A listing that changes at every look is taken as it comes.
      const version = tries < mostTries ? listing.version : null;
      try {
        const below = await this.#direct(shown, parent, listing.images, version);
        const groups = listing.groups.map((group) => ({
          kind: 'group' as const,
          project,
          group,
          parent,
        }));
        return [...groups, ...below];
      } catch (error) {
        if (!this.#faults.isStale(error) || version === null) throw error;
      }
    }
  }

  /** Images that lie in a group itself, or their ranges. */
  async #direct(
    { source, project, query }: Shown,
    parent: GroupNode | undefined,
    images: number,
    version: number | null,
  ): Promise<Node[]> {
    const group = parent?.group.id ?? '';
    if (images === 0) return [];
    const ask = async (offset: number, limit: number): Promise<readonly ImageItem[]> =>
      (await source.page(project, query, { group, offset, limit, version })).items;
    if (images <= mostInList) {
      const items = await ask(0, images);
      return items.map((item) => ({ kind: 'image', project, item, parent }));
    }
    const ranges = rangesOf(images);
    const ends = ranges.length > mostNamedRanges ? [] : await endsOf(ranges, ask);
    return ranges.map((range, i) => ({
      ...{ kind: 'range', project, groupId: group, parent },
      ...{ ...range, ends: ends[i] },
    }));
  }
}

/** The first and last image of each range. */
async function endsOf(
  ranges: readonly { readonly offset: number; readonly count: number }[],
  ask: (offset: number, limit: number) => Promise<readonly ImageItem[]>,
): Promise<RangeNode['ends'][]> {
  return await Promise.all(
    ranges.map(async ({ offset, count }) => {
      const [[first], [last]] = await Promise.all([ask(offset, 1), ask(offset + count - 1, 1)]);
      return first === undefined || last === undefined ? undefined : { first, last };
    }),
  );
}
