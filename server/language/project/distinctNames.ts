/** Images of equal names, as in `test/good/000.png` and `test/scratch/000.png`: how much of the path tells them apart. */
import { eachInPortions } from '../../data/portions.ts';

/** The last `parts` parts of a path. */
function endOf(path: string, parts: number): string {
  let at = path.length;
  for (let i = 0; i < parts && at >= 0; i += 1) at = path.lastIndexOf('/', at - 1);
  return at < 0 ? path : path.slice(at + 1);
}

function byEnd(paths: readonly string[], parts: number): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const end = endOf(path, parts);
    const group = groups.get(end);
    if (group === undefined) groups.set(end, [path]);
    else group.push(path);
  }
  return groups;
}

/** Adds the shortest end of each path that no other of these has. */
function tellApart(paths: readonly string[], parts: number, ends: Map<string, string>): void {
  for (const [end, group] of byEnd(paths, parts)) {
    const [only, ...others] = group;
    // A path that is the end of another one, with nothing before it, stands for itself.
    const isWhole = group.includes(end);
    if (isWhole) ends.set(end, end);
    if (others.length === 0 && only !== undefined) ends.set(only, end);
    else if (others.length > 0) {
      tellApart(
        group.filter((path) => path !== end),
        parts + 1,
        ends,
      );
    }
  }
}

/** For each image whose file's name is not its own alone, the shortest end of its path that is. */
export async function distinctEnds(images: readonly string[]): Promise<Map<string, string>> {
  const byName = new Map<string, string[]>();
  await eachInPortions(images, (image) => {
    const name = endOf(image, 1);
    const group = byName.get(name);
    if (group === undefined) byName.set(name, [image]);
    else group.push(image);
  });
  const ends = new Map<string, string>();
  await eachInPortions([...byName.values()], (group) => {
    if (group.length > 1) tellApart(group, 2, ends);
  });
  return ends;
}
