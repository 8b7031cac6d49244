/** 8-connected regions of a mask. */

export interface Regions {
  /** Row-major; 0 where the mask is zero, else the region's number from 1, in reading order. */
  readonly labels: Int32Array;
  readonly count: number;
}

/** Finds a set's representative, halving the path on the way. */
function root(parents: Int32Array, label: number): number {
  let here = label;
  for (;;) {
    const parent = parents[here] ?? here;
    if (parent === here) return here;
    const above = parents[parent] ?? parent;
    parents[here] = above;
    here = above;
  }
}

/** Makes both labels one set, whose representative is the smaller; gives that. */
function unite(parents: Int32Array, a: number, b: number): number {
  const first = root(parents, a);
  const second = root(parents, b);
  const smaller = Math.min(first, second);
  parents[Math.max(first, second)] = smaller;
  return smaller;
}

/** Numbers sets from 1 in the order of their representatives. */
function renumber(parents: Int32Array, used: number): { numbers: Int32Array; count: number } {
  const numbers = new Int32Array(used + 1);
  let count = 0;
  for (let label = 1; label <= used; label += 1) {
    const above = root(parents, label);
    if (above === label) {
      count += 1;
      numbers[label] = count;
    } else {
      numbers[label] = numbers[above] ?? 0;
    }
  }
  return { numbers, count };
}

/** The regions of the non-zero values of `mask` (row-major, width x height). */
export function connectedRegions(mask: Uint8Array, width: number, height: number): Regions {
  const labels = new Int32Array(width * height);
  // Provisional labels start at pixels with no labelled neighbour before them: at most one in four.
  const parents = new Int32Array(Math.ceil(width / 2) * Math.ceil(height / 2) + 1);
  let used = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      if (mask[i] === 0) continue;
      let label = x > 0 ? (labels[i - 1] ?? 0) : 0;
      for (let dx = -1; dx <= 1 && y > 0; dx += 1) {
        if (x + dx < 0 || x + dx >= width) continue;
        const above = labels[i - width + dx] ?? 0;
        if (above !== 0 && above !== label) {
          label = label === 0 ? above : unite(parents, label, above);
        }
      }
      if (label === 0) {
        used += 1;
        parents[used] = used;
        label = used;
      }
      labels[i] = label;
    }
  }
  const { numbers, count } = renumber(parents, used);
  return { labels: labels.map((label) => numbers[label] ?? 0), count };
}
