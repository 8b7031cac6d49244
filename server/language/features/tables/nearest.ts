/** The word or file name that somebody probably meant. */

/** Edits (insert, remove, replace, swap of neighbours not counted) between two texts, or `most` + 1 when there are more. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  // Paths of a dataset begin and end alike, and what is alike costs nothing.
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a.charCodeAt(head) === b.charCodeAt(head)) head += 1;
  let tail = 0;
  while (
    tail < shorter - head &&
    a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail)
  ) {
    tail += 1;
  }
  return distanceOf(a.slice(head, a.length - tail), b.slice(head, b.length - tail), most);
}

function distanceOf(a: string, b: string, most: number): number {
  if (a === '' || b === '') return Math.min(a.length + b.length, most + 1);
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      const cost = Math.min((row[j - 1] ?? 0) + same, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      next.push(cost);
      if (cost < least) least = cost;
    }
    if (least > most) return most + 1;
    row = next;
  }
  return Math.min(row[b.length] ?? most + 1, most + 1);
}

/** What people write for the words of labels.csv. */
const synonyms: Readonly<Record<string, string>> = {
  good: 'ok',
  pass: 'ok',
  negative: 'ok',
  '0': 'ok',
  bad: 'defective',
  defect: 'defective',
  fail: 'defective',
  ng: 'defective',
  nok: 'defective',
  positive: 'defective',
  '1': 'defective',
  full: 'mask',
  masked: 'mask',
  label: 'weak',
  none: 'weak',
  training: 'train',
  validation: 'val',
  valid: 'val',
  testing: 'test',
};

/** The words, the most probable first. */
export function wordsByNearness(text: string, words: readonly string[]): string[] {
  const lower = text.toLowerCase();
  const meant = synonyms[lower];
  const distance = (word: string): number => (word === meant ? -1 : editDistance(lower, word, 20));
  return [...words].sort((a, b) => distance(a) - distance(b));
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Of how many characters one may be wrong. */
const charactersAnEdit = 5;
const mostEdits = 3;
/** Names of one length are looked at in portions, between which the wish to stop is seen. */
const portion = 4096;

/**
 * Up to `most` of the names that a path may have meant: the same but for slashes and case, the same file
 * in another folder, or a few edits away; the nearest first.
 */
export function nearestNames(
  path: string,
  names: readonly string[],
  most: number,
  stopped: () => boolean = () => false,
): string[] {
  const wanted = path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
  const lower = wanted.toLowerCase();
  const base = baseName(lower);
  const limit = Math.min(mostEdits, Math.max(1, Math.floor(wanted.length / charactersAnEdit)));
  const found: { name: string; rank: number }[] = [];
  for (const [place, name] of names.entries()) {
    if (place % portion === 0 && stopped()) return [];
    const rank = rankOf(name.toLowerCase(), lower, base, limit);
    if (rank !== undefined) found.push({ name, rank });
  }
  found.sort((a, b) => a.rank - b.rank);
  return found.slice(0, most).map(({ name }) => name);
}

function rankOf(name: string, lower: string, base: string, limit: number): number | undefined {
  if (name === lower) return 0;
  if (lower.endsWith(`/${name}`)) return 1;
  if (name.length > base.length && name.endsWith(base) && name.at(-base.length - 1) === '/') {
    return 2;
  }
  const distance = editDistance(name, lower, limit);
  return distance > limit ? undefined : 2 + distance;
}
