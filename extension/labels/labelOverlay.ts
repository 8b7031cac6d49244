/**
 * Labels written a moment ago, over what the server last listed, so that lists show them at once. An entry goes
 * when the listing agrees with it, or after a while in any case: then the server knows better.
 */
import type { ImageItem, SupervisionState } from '../../protocol/explorer.ts';
import { outcomeOf } from '../../protocol/outcome.ts';
import type { LabelChange } from './labelStore.ts';

/** What labels decide of an item. */
type Shown = Pick<ImageItem, 'label' | 'state' | 'split' | 'kind' | 'reviewed' | 'mask'>;
type Operation = { readonly change: LabelChange } | { readonly restored: Shown };

interface Entry {
  readonly operations: Operation[];
  /** Of the listing when it was written. */
  version: number | undefined;
  time: number;
  agreed: boolean;
}

/** What is known of a project besides its items. */
export interface ListingFacts {
  /** Undefined when the server has not told of the project. */
  readonly version: number | undefined;
  readonly threshold: number;
}

/** Lists that still show the older listing have caught up after this. */
const afterAgreement = 2000;
/** The server has read labels.csv after this, whatever it made of it. */
const afterAll = 10_000;

function stateOf(label: ImageItem['label'], usesMask: boolean): SupervisionState {
  if (label !== 'defective') return label;
  return usesMask ? 'mask' : 'weak';
}

function changed(item: ImageItem, change: LabelChange): ImageItem {
  const label = change.label === undefined ? item.label : change.label || 'unlabelled';
  const wasWeak = item.mask && item.state === 'weak';
  const weak = change.supervision === undefined ? wasWeak : change.supervision === 'weak';
  // The mask of an image that a person calls good counts nothing any more.
  const mask = (change.mask === undefined ? item.mask : change.mask !== '') && label !== 'ok';
  return {
    ...item,
    label,
    mask,
    state: stateOf(label, mask && !weak),
    split: change.split === undefined || change.split === '' ? item.split : change.split,
    kind: change.kind ?? item.kind,
    reviewed: change.reviewed ?? item.reviewed,
  };
}

const apply = (item: ImageItem, operation: Operation): ImageItem =>
  'change' in operation ? changed(item, operation.change) : { ...item, ...operation.restored };

const shown = ({ label, state, split, kind, reviewed, mask }: ImageItem): Shown => ({
  label,
  state,
  split,
  kind,
  reviewed,
  mask,
});

/** The inner map of a key, made when missing. */
function inside<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps.set(key, made);
  return made;
}

export class LabelOverlay {
  readonly #facts: (project: string) => ListingFacts;
  readonly #now: () => number;
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #seen = new Map<string, Map<string, ImageItem>>();

  constructor(facts: (project: string) => ListingFacts, now: () => number = Date.now) {
    this.#facts = facts;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** The item with what was written since; remembers what the server said of it. */
  applied(project: string, item: ImageItem): ImageItem {
    inside(this.#seen, project).set(item.image, item);
    return this.#over(project, item);
  }

  /** The item as it was last shown; undefined if it never was. */
  lastShown(project: string, image: string): ImageItem | undefined {
    const item = this.#seen.get(project)?.get(image);
    return item && this.#over(project, item);
  }

  /** What to give back to `restore` later. */
  snapshot(project: string, images: readonly string[]): ReadonlyMap<string, Shown | undefined> {
    return new Map(
      images.map((image) => {
        const item = this.lastShown(project, image);
        return [image, item && shown(item)];
      }),
    );
  }

  /** Labels were written. */
  change(project: string, images: readonly string[], change: LabelChange): void {
    for (const image of images) this.#add(project, image, { change });
  }

  /** Labels are again what they were at the snapshot. */
  restore(project: string, snapshot: ReadonlyMap<string, Shown | undefined>): void {
    for (const [image, restored] of snapshot) {
      if (restored !== undefined) this.#add(project, image, { restored });
      else this.#remove(project, image);
    }
  }

  /** Drops what is over; true if that changes what is shown. */
  sweep(): boolean {
    let visible = false;
    for (const [project, entries] of [...this.#entries]) {
      const { version } = this.#facts(project);
      for (const [image, entry] of [...entries]) {
        const age = this.#now() - entry.time;
        const late = version !== entry.version && age > afterAll;
        if (!late && !(entry.agreed && age > afterAgreement)) continue;
        visible ||= !entry.agreed;
        this.#remove(project, image);
      }
    }
    return visible;
  }

  #add(project: string, image: string, operation: Operation): void {
    const entries = inside(this.#entries, project);
    const entry = entries.get(image) ?? { operations: [], version: 0, time: 0, agreed: false };
    // What is restored hides all before it.
    if ('restored' in operation) entry.operations.length = 0;
    entry.operations.push(operation);
    entry.version = this.#facts(project).version;
    entry.time = this.#now();
    entry.agreed = false;
    entries.set(image, entry);
  }

  #remove(project: string, image: string): void {
    const entries = this.#entries.get(project);
    entries?.delete(image);
    if (entries?.size === 0) this.#entries.delete(project);
  }

  #over(project: string, item: ImageItem): ImageItem {
    const entry = this.#entries.get(project)?.get(item.image);
    if (entry === undefined) return item;
    const { version, threshold } = this.#facts(project);
    const next = entry.operations.reduce(apply, item);
    const agrees =
      next.label === item.label &&
      next.state === item.state &&
      next.split === item.split &&
      next.kind === item.kind &&
      next.reviewed === item.reviewed;
    if (agrees) {
      entry.agreed ||= version !== entry.version;
      return item;
    }
    return { ...next, outcome: outcomeOf(next.label, next.score, threshold) };
  }
}
