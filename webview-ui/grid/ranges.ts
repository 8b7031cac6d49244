/** Sets of positions as sorted, disjoint, half-open ranges: all of 100,000 images is one of them. */

export type Range = readonly [from: number, to: number];
export type Ranges = readonly Range[];

export const countOf = (ranges: Ranges): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from, 0);

export const includes = (ranges: Ranges, position: number): boolean =>
  ranges.some(([from, to]) => from <= position && position < to);

/** All that is in either. */
export function union(a: Ranges, b: Ranges): Ranges {
  const sorted = [...a, ...b].filter(([from, to]) => from < to).sort((x, y) => x[0] - y[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** What is in the first and not in the other range. */
export function without(ranges: Ranges, [from, to]: Range): Ranges {
  return ranges.flatMap(([first, end]): Range[] => {
    const left: Range = [first, Math.min(end, from)];
    const right: Range = [Math.max(first, to), end];
    return [left, right].filter(([a, b]) => a < b);
  });
}

/** The ranges of single positions, in any order. */
export function rangesOf(positions: Iterable<number>): Ranges {
  const sorted = [...positions].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const position of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && position <= last[1]) last[1] = Math.max(last[1], position + 1);
    else ranges.push([position, position + 1]);
  }
  return ranges;
}

export function* positionsOf(ranges: Ranges): Generator<number> {
  for (const [from, to] of ranges) {
    for (let position = from; position < to; position += 1) yield position;
  }
}
