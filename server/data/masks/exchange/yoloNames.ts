/**
 * Names of YOLO's classes by their numbers: `classes.txt`, a line a name, or `names` in `data.yaml`. They lie in the
 * source, or beside a source that is one of its parts (`labels`, a file).
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { endingOf } from '../../fileTree.ts';
import type { FileTree } from '../../fileTree.ts';
import { leadsOut } from '../../../files/leadsOut.ts';
import { readError } from '../../../files/readWhole.ts';
import { resolved } from '../../places.ts';
import type { SourceReader } from './readSource.ts';

const nameLists = /(^|\/)(classes\.txt|(data|dataset)\.ya?ml)$/i;

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2');
const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/, '').trimEnd();

/** Names by their numbers, of `[a, b]` or `{0: a, 1: b}`. */
function inlineNames(text: string): string[] {
  const names: string[] = [];
  for (const part of text.slice(1, -1).split(',')) {
    const [, index, name] = /^\s*(\d+)\s*:(.*)$/.exec(part) ?? [];
    if (part.trim() === '') continue;
    if (index === undefined || name === undefined) names.push(unquoted(part));
    else if (Number(index) < mostClasses) names[Number(index)] = unquoted(name);
  }
  return names;
}

/** More would be no number of a class. */
const mostClasses = 10_000;

/** `names` of a data.yaml: a list or a map, on one line or with a line a name. Nothing else of YAML is read. */
export function namesInYaml(text: string): string[] | undefined {
  const lines = text.split(/\r?\n/).map(withoutComment);
  const at = lines.findIndex((line) => /^names\s*:/.test(line));
  if (at < 0) return undefined;
  const first = (lines[at] ?? '').replace(/^names\s*:/, '').trim();
  const rest = lines.slice(at + 1);
  if (/^[[{]/.test(first)) {
    const whole = [first, ...rest].join(' ');
    const end = whole.search(/[\]}]/);
    return end < 0 ? undefined : inlineNames(whole.slice(0, end + 1));
  }
  const names: string[] = [];
  for (const line of rest) {
    if (line.trim() === '') continue;
    const [, item] = /^\s*-\s*(.*)$/.exec(line) ?? [];
    const [, index, name] = /^\s+["']?(\d+)["']?\s*:(.*)$/.exec(line) ?? [];
    if (item !== undefined) names.push(unquoted(item));
    else if (index !== undefined && name !== undefined && Number(index) < mostClasses)
      names[Number(index)] = unquoted(name);
    else break;
  }
  return names.length === 0 ? undefined : names;
}

async function namesOf(file: string, texts: SourceReader): Promise<readonly string[] | undefined> {
  const text = await texts.text(file);
  if (endingOf(file.replaceAll('\\', '/')) !== '.txt') {
    // Their lines are a box and points, which would be drawn as polygons.
    if (/^kpt_shape\s*:/m.test(text)) {
      throw new UserError(
        `${file} describes keypoints ("kpt_shape"), which are no areas; export segments.`,
      );
    }
    return namesInYaml(text);
  }
  const names = text.split(/\r?\n/).map((line) => line.trim());
  return names.every((name) => name === '') ? undefined : names;
}

/** The lists in a folder itself. */
async function listsIn(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => nameLists.test(name)).sort();
    const lists: string[] = [];
    for (const list of names.map((name) => join(folder, name))) {
      if (!leadsOut(await resolved(folder), await resolved(list))) lists.push(list);
    }
    return lists;
  } catch (error) {
    throw readError(error, folder);
  }
}

/** Folders of a set that its lists lie above. */
const parts = /^(labels|train|valid|val|test)\d*$/i;

/** The names of a source's folder (absolute); undefined without. */
export async function yoloNames(
  root: string,
  tree: FileTree,
  texts: SourceReader,
): Promise<readonly string[] | undefined> {
  const lists = await listsIn(root);
  lists.push(...tree.files.filter((path) => nameLists.test(path)).map((path) => join(root, path)));
  for (let folder = root; parts.test(basename(folder)); folder = dirname(folder)) {
    lists.push(...(await listsIn(dirname(folder))));
  }
  for (const file of new Set(lists)) {
    const names = await namesOf(file, texts);
    if (names !== undefined) return names;
  }
  return undefined;
}
