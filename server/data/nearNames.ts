/** Which name is probably meant by one that is not there: the same in another case, in another folder, or with another ending. */
import { nameKey } from '../../protocol/names.ts';
import { withoutEnding } from './fileTree.ts';

const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Coarser with each step; two names that are the same under one of them are near. */
const likenesses: readonly ((path: string) => string)[] = [
  (path) => nameKey(path).toLowerCase(),
  (path) => withoutEnding(nameKey(path)).toLowerCase(),
  (path) => fileOf(nameKey(path)).toLowerCase(),
  (path) => withoutEnding(fileOf(nameKey(path))).toLowerCase(),
];

/** Gives the one name that is nearest to a path; undefined where there is none, or more than one. Indexed when first asked. */
export function nearNames(names: readonly string[]): (path: string) => string | undefined {
  let indexes: readonly ReadonlyMap<string, string | undefined>[] | undefined;
  return (path) => {
    indexes ??= likenesses.map((likeness) => {
      const index = new Map<string, string | undefined>();
      for (const name of names) {
        const key = likeness(name);
        index.set(key, index.has(key) ? undefined : name);
      }
      return index;
    });
    for (const [step, likeness] of likenesses.entries()) {
      const near = indexes[step]?.get(likeness(path));
      if (near !== undefined) return near;
    }
    return undefined;
  };
}
