/** Changes from outside (git checkout, another editor, a finishing run) show up by themselves: the client watches. */
import { basename, relative, sep } from 'node:path';
import { DidChangeWatchedFilesNotification, WatchKind } from 'vscode-languageserver';
import type { Connection, InitializeParams } from 'vscode-languageserver';
import { endingOf, isImageName } from '../data/fileTree.ts';
import { isJunk } from '../data/junk.ts';
import { labelsFile } from '../data/labelsCsv.ts';
import { fileOf } from './features/places.ts';
import { pathInside } from './project/project.ts';
import type { Project, Stage } from './project/project.ts';
import type { Projects } from './project/projects.ts';

/** A checkout changes thousands of files in a second; they are one reading. */
const settle = 150;

const patterns = [
  '**/*.{png,jpg,jpeg,tif,tiff,webp,bmp,PNG,JPG,JPEG,TIF,TIFF,WEBP,BMP}',
  '**/*.csv',
  '**/segdec.json',
  '**/Labels.txt',
];

/** A folder that comes or goes is reported by itself alone; its name has no ending, as a rule. */
const foldersThatComeOrGo = { globPattern: '**/*', kind: WatchKind.Create | WatchKind.Delete };

/** What a changed file makes worth reading again. */
function stageOf(file: string, cameOrWent: boolean): Stage | undefined {
  const name = basename(file);
  if (name === labelsFile) return 'labels';
  if (name === 'segdec.json' || name === 'train.csv' || name === 'Labels.txt') return 'files';
  // The content of an image changes no listing; that of a mask may change a label.
  if (isImageName(name)) return cameOrWent ? 'files' : 'labels';
  return cameOrWent && endingOf(name) === '' ? 'files' : undefined;
}

/** True for a file of the project; .segdec, .git and what systems make hold no images. */
function concerns(project: Project, file: string): boolean {
  const isSeen = (folder: string): boolean =>
    pathInside(folder, file) !== undefined && !relative(folder, file).split(sep).some(isJunk);
  return isSeen(project.folder) || isSeen(project.id);
}

/** Asks the client to watch, and reads again what its reports concern. */
export async function watchFiles(
  connection: Connection,
  { capabilities }: InitializeParams,
  projects: Projects,
): Promise<void> {
  const pending = new Map<Project, Stage>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    for (const [project, stage] of pending) void project.reload(stage);
    pending.clear();
  };
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri, type } of changes) {
      const file = fileOf(uri);
      if (file === undefined) continue;
      const stage = stageOf(file.replaceAll('\\', '/'), type !== 2);
      if (stage === undefined) continue;
      for (const project of projects.all) {
        if (concerns(project, file) && pending.get(project) !== 'files') {
          pending.set(project, stage);
        }
      }
    }
    timer ??= setTimeout(flush, settle);
  });
  const dynamic = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
  if (!dynamic) return;
  await connection.client.register(DidChangeWatchedFilesNotification.type, {
    watchers: [...patterns.map((globPattern) => ({ globPattern })), foldersThatComeOrGo],
  });
}
