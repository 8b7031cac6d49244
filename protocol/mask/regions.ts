/**
 * Connected regions of a mask, and what is done to a whole mask: holes, specks, growing, shrinking,
 * inverting. Masks are read, never changed; results are new. Regions are runs of rows joined by union-find,
 * so that the work follows the number of runs and words, not the number of pixels.
 */
import { MaskBits } from './bits.ts';
import { eachSpan } from './runs.ts';

/** A mask's runs of set pixels, three numbers each (row, first, end), and the region of each. */
export interface Regions {
  readonly count: number;
  /** Pixels of each region. Regions are in the order of their first pixels, row by row. */
  readonly areas: readonly number[];
  readonly runs: Int32Array;
  readonly regionOfRun: Int32Array;
}

/** Whole numbers, one after the other, in memory that grows. */
class Numbers {
  #values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const longer = new Int32Array(2 * this.length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(place: number): number {
    return this.#values[place] ?? 0;
  }

  set(place: number, value: number): void {
    this.#values[place] = value;
  }

  finish(): Int32Array {
    return this.#values.subarray(0, this.length);
  }
}

const wholeOf = (bits: MaskBits) => ({ x: 0, y: 0, width: bits.width, height: bits.height });

/** Set pixels that touch belong together: by sides and corners (8 neighbours), or by sides alone (4). */
export function regionsOf(bits: MaskBits, neighbours: 4 | 8 = 8): Regions {
  const runs = new Numbers();
  const parents = new Numbers();
  const reach = neighbours === 8 ? 1 : 0;
  // Runs of the row above: from `above` up to `current`, where the runs of this row start.
  let [above, current, row] = [0, 0, -1];
  eachSpan(bits, wholeOf(bits), (y, x0, x1) => {
    const run = parents.length;
    if (y !== row) [above, current, row] = [y === row + 1 ? current : run, run, y];
    runs.push(y);
    runs.push(x0);
    runs.push(x1);
    parents.push(run);
    // What ends left of this run ends left of the next ones too.
    while (above < current && runs.at(3 * above + 2) + reach <= x0) above += 1;
    for (let i = above; i < current && runs.at(3 * i + 1) < x1 + reach; i += 1) {
      join(parents, i, run);
    }
  });
  return named(runs.finish(), parents);
}

/** The first run of a region: the parent of no other. Shortens the way on the way. */
function rootOf(parents: Numbers, run: number): number {
  let at = run;
  while (parents.at(at) !== at) {
    parents.set(at, parents.at(parents.at(at)));
    at = parents.at(at);
  }
  return at;
}

function join(parents: Numbers, a: number, b: number): void {
  const [x, y] = [rootOf(parents, a), rootOf(parents, b)];
  // The earlier run stays the root, so that regions come in the order of their first pixels.
  if (x < y) parents.set(y, x);
  else parents.set(x, y);
}

function named(runs: Int32Array, parents: Numbers): Regions {
  const areas: number[] = [];
  const regionOfRun = new Int32Array(parents.length);
  for (let run = 0; run < parents.length; run += 1) {
    const root = rootOf(parents, run);
    const region = root === run ? areas.length : (regionOfRun[root] ?? 0);
    regionOfRun[run] = region;
    areas[region] = (areas[region] ?? 0) + (runs[3 * run + 2] ?? 0) - (runs[3 * run + 1] ?? 0);
  }
  return { count: areas.length, areas, runs, regionOfRun };
}

/** Sets or clears the regions that `isWanted` picks. */
function fillRegions(
  bits: MaskBits,
  { runs, regionOfRun }: Regions,
  value: boolean,
  isWanted: (region: number) => boolean,
): void {
  regionOfRun.forEach((region, run) => {
    if (!isWanted(region)) return;
    bits.fill(runs[3 * run] ?? 0, runs[3 * run + 1] ?? 0, runs[3 * run + 2] ?? 0, value);
  });
}

/** Regions (8 neighbours) of fewer than `smallest` pixels; what `withoutSpecks` would clear. */
export function specksOf(bits: MaskBits, smallest: number): { count: number; bits: MaskBits } {
  const regions = regionsOf(bits);
  const specks = new MaskBits(bits.width, bits.height);
  const isSpeck = (region: number): boolean => (regions.areas[region] ?? 0) < smallest;
  fillRegions(specks, regions, true, isSpeck);
  return { count: regions.areas.filter((area) => area < smallest).length, bits: specks };
}

export function withoutSpecks(bits: MaskBits, smallest: number): MaskBits {
  const result = bits.clone();
  const { bits: specks } = specksOf(bits, smallest);
  for (let place = 0; place < specks.words.length; place += 1) {
    const word = specks.words[place] ?? 0;
    if (word !== 0) result.words[place] = (result.words[place] ?? 0) & ~word;
  }
  return result;
}

/** With the holes set: regions of clear pixels (4 neighbours) that do not touch the image's border. */
export function withoutHoles(bits: MaskBits): MaskBits {
  const regions = regionsOf(inverted(bits), 4);
  const open = new Uint8Array(regions.count);
  regions.regionOfRun.forEach((region, run) => {
    const y = regions.runs[3 * run] ?? 0;
    const isFirst = y === 0 || regions.runs[3 * run + 1] === 0;
    const isLast = y === bits.height - 1 || regions.runs[3 * run + 2] === bits.width;
    if (isFirst || isLast) open[region] = 1;
  });
  const result = bits.clone();
  fillRegions(result, regions, true, (region) => open[region] === 0);
  return result;
}

export function inverted(bits: MaskBits): MaskBits {
  const words = bits.words.slice();
  for (let place = 0; place < words.length; place += 1) words[place] = ~(words[place] ?? 0);
  const rest = bits.width & 31;
  // Bits beyond the width stay 0.
  for (let last = bits.stride - 1; rest !== 0 && last < words.length; last += bits.stride) {
    words[last] = (words[last] ?? 0) & (0xffffffff >>> (32 - rest));
  }
  return new MaskBits(bits.width, bits.height, words);
}

/** How far growing reaches: pixels at most so far away (disc), or so many rows and columns (square). */
export type Reach = 'disc' | 'square';

/** With the pixels within `pixels` of a set one. */
export function grown(bits: MaskBits, pixels: number, reach: Reach = 'disc'): MaskBits {
  const result = bits.clone();
  const halves = Array.from({ length: 2 * pixels + 1 }, (_, i) =>
    reach === 'square' ? pixels : Math.floor(Math.sqrt(pixels ** 2 - (i - pixels) ** 2)),
  );
  eachSpan(bits, wholeOf(bits), (y, x0, x1) => {
    halves.forEach((half, i) => result.fill(y + i - pixels, x0 - half, x1 + half, true));
  });
  return result;
}

/**
 * Without the pixels within `pixels` of a clear one. What lies outside of the image is not known to be
 * clear: regions do not shrink from its border.
 */
export function shrunk(bits: MaskBits, pixels: number, reach: Reach = 'disc'): MaskBits {
  return inverted(grown(inverted(bits), pixels, reach));
}
