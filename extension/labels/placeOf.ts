/** Which labels.csv a file's label belongs to; found without a server too. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { UnreadableFile, mostBytes, readLimited } from '../../common/node/readLimited.ts';
import type { LabelPlace } from './labelStore.ts';
import { pathBelow } from './pathBelow.ts';
import { systemCode } from './writeWhole.ts';

export const labelsFileName = 'labels.csv';

export const placeOfProject = ({ id, dataset, labelsFile }: ProjectInfo): LabelPlace => ({
  project: id,
  dataset,
  labelsFile,
});

const placeAt = (project: string, dataset: string): LabelPlace => ({
  project,
  dataset,
  labelsFile: join(dataset, labelsFileName),
});

async function isThere(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

const settings = z.object({ dataset: z.optional(z.string()) });

/**
 * The dataset folder that a segdec.json names; its own folder where it names none, cannot be read, or names one
 * that lies elsewhere: only the server knows whether the person lets that be used.
 */
async function datasetOf(file: string): Promise<string> {
  const home = dirname(file);
  try {
    const bytes = await readLimited(file, mostBytes.settings);
    const parsed = settings.safeParse(JSON.parse(bytes.toString('utf8')));
    const dataset = resolve(home, (parsed.success ? parsed.data.dataset : undefined) ?? '.');
    const [top, real] = await Promise.all([realpath(home), realpath(dataset)]);
    return real === top || pathBelow(top, real) !== undefined ? dataset : home;
  } catch (error) {
    const isKnown = error instanceof SyntaxError || error instanceof UnreadableFile;
    if (!isKnown && systemCode(error) === undefined) throw error;
    return home;
  }
}

/** The place by what lies on disk: a segdec.json or a labels.csv above the file, else the open folder. */
async function placeByFiles(file: string): Promise<LabelPlace | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath;
  if (folder === undefined) return undefined;
  for (let at = dirname(file); pathBelow(folder, at) !== undefined || at === folder;) {
    if (await isThere(join(at, labelsFileName))) return placeAt(folder, at);
    const settingsFile = join(at, 'segdec.json');
    if (await isThere(settingsFile)) {
      const dataset = await datasetOf(settingsFile);
      if (pathBelow(dataset, file) !== undefined) return placeAt(folder, dataset);
    }
    at = dirname(at);
  }
  return placeAt(folder, folder);
}

/** The place of a file's label; undefined for a file of no open folder. The innermost dataset counts. */
export async function placeOf(
  file: string,
  projects: readonly ProjectInfo[],
): Promise<LabelPlace | undefined> {
  const around = projects
    .filter(({ dataset }) => pathBelow(dataset, file) !== undefined)
    .sort((a, b) => b.dataset.length - a.dataset.length);
  const [innermost] = around;
  return innermost === undefined ? await placeByFiles(file) : placeOfProject(innermost);
}
