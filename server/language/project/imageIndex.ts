/**
 * The images of a dataset as lists ask for them: filtered, sorted, grouped, page by page. Built anew with
 * every version; views are kept, so that the pages of a listing of 100,000 images cost nothing.
 */
import type { Sample } from '../../../protocol/dataset.ts';
import type {
  GroupsResult,
  ImageFilter,
  ImageItem,
  ImageQuery,
  LocateResult,
  PageResult,
  SupervisionState,
} from '../../../protocol/explorer.ts';
import { outcomeOf } from '../../../protocol/outcome.ts';
import { eachInPortions } from '../../data/portions.ts';
import { distinctEnds } from './distinctNames.ts';
import { buildGroups } from './imageGroups.ts';
import type { GroupNode } from './imageGroups.ts';

/** The scores that are shown: of the active run. Outcomes follow the labels as they are now. */
export interface ShownScores {
  readonly scores: ReadonlyMap<string, number>;
  readonly threshold: number;
}

/** Listings that are kept: a tree, a grid or two, and what was shown before. */
const mostViews = 6;

interface View {
  /** Positions of the images that meet the filter, in order. */
  readonly order: readonly number[];
  groups: ReadonlyMap<string, GroupNode> | undefined;
}

/** How an image is labelled, in one word. */
export function stateOf(sample: Sample): SupervisionState {
  if (sample.label !== 'defective') return sample.label;
  return sample.mask !== undefined && !sample.weak ? 'mask' : 'weak';
}

function meets(item: ImageItem, filter: ImageFilter, text: string | undefined): boolean {
  const { states, outcomes, kinds, reviewed } = filter;
  if (states !== undefined && states.length > 0 && !states.includes(item.state)) return false;
  if (outcomes !== undefined && outcomes.length > 0) {
    if (item.outcome === '' || !outcomes.includes(item.outcome)) return false;
  }
  if (kinds !== undefined && kinds.length > 0 && !kinds.includes(item.kind)) return false;
  if (reviewed !== undefined && (item.reviewed !== '') !== reviewed) return false;
  return text === undefined || item.image.toLowerCase().includes(text);
}

const thresholdOf = (shown: ShownScores | undefined): number => shown?.threshold ?? 0.5;

function itemOf(sample: Sample, shown: ShownScores | undefined): ImageItem {
  const score = shown?.scores.get(sample.image) ?? null;
  return {
    image: sample.image,
    label: sample.label,
    state: stateOf(sample),
    split: sample.split,
    kind: sample.kind,
    reviewed: sample.reviewed ?? '',
    mask: sample.mask !== undefined,
    score,
    outcome: outcomeOf(sample.label, score, thresholdOf(shown)),
  };
}

export class ImageIndex {
  readonly version: number;
  readonly #shown: ShownScores | undefined;
  readonly #samples: Sample[] = [];
  readonly #items: ImageItem[] = [];
  readonly #places = new Map<string, number>();
  readonly #kinds = new Set<string>();
  readonly #views = new Map<string, View>();

  /** Of no image yet. */
  constructor(version: number, shown?: ShownScores) {
    this.version = version;
    this.#shown = shown;
  }

  /** `samples` sorted by image; with pauses in which requests are answered. */
  static async build(
    version: number,
    samples: readonly Sample[],
    shown: ShownScores | undefined,
  ): Promise<ImageIndex> {
    const index = new ImageIndex(version, shown);
    const distinct = await distinctEnds(samples.map(({ image }) => image));
    await eachInPortions(samples, (sample) => index.add(sample, distinct.get(sample.image)));
    return index;
  }

  /** Appends an image, which comes after all others by name; only before the first question. */
  add(sample: Sample, distinct?: string): void {
    this.#places.set(sample.image, this.#samples.length);
    this.#samples.push(sample);
    const item = itemOf(sample, this.#shown);
    this.#items.push(distinct === undefined ? item : { ...item, distinct });
    if (sample.kind !== '') this.#kinds.add(sample.kind);
  }

  /** Kinds of defects in use, sorted. */
  get kinds(): string[] {
    return [...this.#kinds].sort();
  }

  get size(): number {
    return this.#items.length;
  }

  item(image: string): ImageItem | undefined {
    const place = this.#places.get(image);
    return place === undefined ? undefined : this.#items[place];
  }

  sample(image: string): Sample | undefined {
    const place = this.#places.get(image);
    return place === undefined ? undefined : this.#samples[place];
  }

  items(): readonly ImageItem[] {
    return this.#items;
  }

  groups(query: ImageQuery, parent: string | null): GroupsResult {
    const groups = this.#groupsOf(query);
    const node = groups.get(parent ?? '');
    const children = (node?.children ?? []).flatMap((id) => groups.get(id)?.group ?? []);
    return { version: this.version, groups: children, images: node?.places.length ?? 0 };
  }

  page(query: ImageQuery, group: string | null, offset: number, limit: number): PageResult {
    const order =
      group === null ? this.#view(query).order : (this.#groupsOf(query).get(group)?.places ?? []);
    const items = order.slice(offset, offset + limit).flatMap((place) => this.#items[place] ?? []);
    return { version: this.version, items, total: order.length };
  }

  /** Where an image is; undefined when the filter leaves it out or there is none of this name. */
  locate(query: ImageQuery, image: string, flat: boolean): LocateResult | undefined {
    const place = this.#places.get(image);
    if (place === undefined) return undefined;
    if (flat) {
      const index = this.#view(query).order.indexOf(place);
      return index < 0 ? undefined : { groups: [], index };
    }
    const groups = this.#groupsOf(query);
    for (const [id, node] of groups) {
      const index = node.places.indexOf(place);
      if (index >= 0) return { groups: ancestry(groups, id), index };
    }
    return undefined;
  }

  #view(query: ImageQuery): View {
    const key = JSON.stringify([query.groupBy, query.sortBy, query.filter]);
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const text = query.filter.text === undefined ? undefined : query.filter.text.toLowerCase();
    const order: number[] = [];
    this.#items.forEach((item, place) => {
      if (meets(item, query.filter, text)) order.push(place);
    });
    const view: View = { order: this.#sorted(order, query), groups: undefined };
    const oldest = this.#views.keys().next();
    if (this.#views.size >= mostViews && oldest.done !== true) this.#views.delete(oldest.value);
    this.#views.set(key, view);
    return view;
  }

  #groupsOf(query: ImageQuery): ReadonlyMap<string, GroupNode> {
    const view = this.#view(query);
    view.groups ??= buildGroups(this.#items, view.order, query.groupBy);
    return view.groups;
  }

  /** Items are sorted by name already; images without a score come last. */
  #sorted(order: number[], { sortBy }: ImageQuery): number[] {
    if (sortBy === 'name') return order;
    const threshold = thresholdOf(this.#shown);
    const keys = order.map((place) => {
      const score = this.#items[place]?.score ?? null;
      if (score === null) return Number.POSITIVE_INFINITY;
      return sortBy === 'score' ? -score : Math.abs(score - threshold);
    });
    const ranks = order.map((_, i) => i);
    ranks.sort((a, b) => {
      const [ka, kb] = [keys[a] ?? 0, keys[b] ?? 0];
      return ka === kb ? a - b : ka - kb;
    });
    return ranks.map((rank) => order[rank] ?? 0);
  }
}

/** Ids of a group and those above it, from the top. */
function ancestry(groups: ReadonlyMap<string, GroupNode>, id: string): string[] {
  const above: string[] = [];
  for (
    let at: string | undefined = id;
    at !== undefined && at !== '';
    at = groups.get(at)?.parent
  ) {
    above.unshift(at);
  }
  return above;
}
