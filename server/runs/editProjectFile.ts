/** Changing segdec.json for a person: one value at a time, with everything else left as it is written. */
import { join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import type { FormattingOptions } from 'jsonc-parser';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes, readLimited } from '../../protocol/files/readLimited.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { openProject } from './projectFile.ts';
import type { Project, ProjectSettings } from './projectFile.ts';
import { exists } from './runFolder.ts';

/** Indented as the file is. */
function formattingOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const tabs = indent.startsWith('\t');
  return {
    insertSpaces: !tabs,
    tabSize: tabs ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** Sets a key, or removes it; a project without a file gets one when there is something to say. */
export async function setInProjectFile<K extends keyof ProjectSettings>(
  project: Project,
  key: K,
  value: ProjectSettings[K] | undefined,
): Promise<void> {
  if (project.settings[key] === value) return;
  const file = project.file ?? join(project.home, 'segdec.json');
  const text =
    project.file === undefined
      ? '{}\n'
      : (await readLimited(file, mostBytes.settings)).toString('utf8');
  const edits = modify(text, [key], value, { formattingOptions: formattingOf(text) });
  await writeFileWhole(file, applyEdits(text, edits));
}

/** Writes a new segdec.json into a folder. Throws a UserError where there is one. */
export async function createProjectFile(
  folder: string,
  settings: ProjectSettings,
): Promise<string> {
  const file = join(folder, 'segdec.json');
  if (await exists(file)) throw new UserError(`There is a ${file} already; edit that one.`);
  await writeFileWhole(file, `${JSON.stringify(settings, null, 2)}\n`);
  // It must be one that we can read.
  await openProject(folder);
  return file;
}
