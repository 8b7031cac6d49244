/** Which runs a client may name: those in the `.segdec/runs` of an open project, and the run it shows. */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { exists, runPaths, runsFolderOf } from '../../runs/runFolder.ts';
import type { Project } from '../project/project.ts';
import type { Projects } from '../project/projects.ts';

export interface RunPlace {
  readonly project: Project;
  /** The run folder. */
  readonly folder: string;
  /** False for a named active run that lies elsewhere. */
  readonly isOwn: boolean;
}

/** A path with its links resolved; undefined where there is nothing. */
async function realIfThere(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    // A name with a null byte, or longer than any, is the name of nothing.
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Finds the run that a client names by its folder. Throws a UserError for anything that is none of ours. */
export async function runPlace(projects: Projects, run: string): Promise<RunPlace> {
  const real = isAbsolute(run) ? await realIfThere(run) : undefined;
  if (real !== undefined && (await exists(runPaths(real).run))) {
    for (const project of await projects.allRead()) {
      // Below the home folder no step may be a link, so that a run really lies where it seems to.
      const home = await realIfThere(project.home);
      if (home !== undefined && real === join(runsFolderOf(home), basename(real))) {
        return { project, folder: join(runsFolderOf(project.home), basename(real)), isOwn: true };
      }
      const active = project.activeRun?.paths.folder;
      if (active !== undefined && real === (await realIfThere(active))) {
        return { project, folder: active, isOwn: false };
      }
    }
  }
  throw new UserError(`${run} is not a run of an open folder; choose one from the list of runs.`);
}
