/** Fewer points that look the same: of each stretch those where a curve is lowest and highest stay. */

/** Values of the curves at the same places; null where a curve has none. */
export type Columns = readonly (readonly (number | null)[])[];

/** The positions to keep, in order; all when there are at most `most`. */
export function keptPositions(length: number, columns: Columns, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const perStretch = 2 * Math.max(1, columns.length);
  const stretches = Math.max(1, Math.floor((most - 2) / perStretch));
  const kept = new Set([0, length - 1]);
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * length) / stretches);
    const to = Math.floor(((stretch + 1) * length) / stretches);
    for (const column of columns) {
      for (const position of extremes(column, from, to)) kept.add(position);
    }
  }
  return [...kept].sort((a, b) => a - b);
}

/** Where a column is lowest and highest between two positions; [] if it has no value there. */
function extremes(column: readonly (number | null)[], from: number, to: number): number[] {
  let [lowest, highest] = [-1, -1];
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let position = from; position < to; position += 1) {
    const value = column[position] ?? null;
    if (value === null) continue;
    if (value < least) [least, lowest] = [value, position];
    if (value > greatest) [greatest, highest] = [value, position];
  }
  return [lowest, highest].filter((position) => position >= 0);
}
