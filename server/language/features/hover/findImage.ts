/** From what a text says to an image of an open dataset. Names are looked up in listings; no file is touched. */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Project } from '../../project/project.ts';
import type { FoundSample, Projects } from '../../project/projects.ts';
import { fileOf } from '../places.ts';

/** Longer than any path that a system takes. */
const longest = 4096;

/** Folders that a relative path may start from, the nearest first. */
function basesOf(document: string, projects: readonly Project[]): string[] {
  const near = [...projects].sort(
    (a, b) => Number(document.startsWith(b.id)) - Number(document.startsWith(a.id)),
  );
  const folders = near.flatMap(({ folder, id, home }) => [folder, id, home]);
  return [...new Set([dirname(document), ...folders])];
}

/** The image that a text in a document names: absolute, a file: URI, or relative to one of several folders. */
export function findImage(
  text: string,
  document: string,
  projects: Pick<Projects, 'all' | 'find'>,
): FoundSample | undefined {
  if (text.length > longest || text.includes('\0')) return undefined;
  const path = text.startsWith('file:') ? fileOf(text) : text;
  if (path === undefined || path === '') return undefined;
  if (isAbsolute(path)) return projects.find(resolve(path));
  for (const base of basesOf(document, projects.all)) {
    const found = projects.find(resolve(base, path));
    if (found !== undefined) return found;
  }
  return undefined;
}
