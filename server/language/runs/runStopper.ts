/** Stopping a run: first it is asked, by a file in its folder; one that does not listen is ended by force. */
import { UserError } from '../../../protocol/errors.ts';
import { writeFileWhole } from '../../files/atomicWrite.ts';
import { runLockHolder } from '../../files/lock.ts';
import type { LockHolder } from '../../files/lock.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { runPaths } from '../../runs/runFolder.ts';

/** Milliseconds that a run has for its step and its checkpoint, before asking again ends it by force. */
const patience = 5000;
/** Then for a clean end after SIGTERM. */
const lastMoments = 2000;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended by itself meanwhile.
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

export class RunStopper {
  readonly #failed: (error: unknown) => void;
  /** When a run was first asked, by folder and process. */
  readonly #asked = new Map<string, number>();

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Asks the run to stop with a checkpoint. Throws a UserError for one that does not run. */
  async stop(folder: string): Promise<void> {
    const holder = await runLockHolder(folder);
    if (holder === undefined) throw new UserError(`${folder} is not running.`);
    const { cancel, files } = runPaths(folder);
    await writeFileWhole(cancel, '', files);
    const first = this.#asked.get(holder.file);
    if (first === undefined) this.#asked.set(holder.file, performance.now());
    else if (performance.now() - first >= patience) this.#end(folder, holder);
  }

  #end(folder: string, holder: LockHolder): void {
    if (holder.state !== 'alive') {
      throw new UserError(
        `${folder} is run by process ${holder.pid} on ${holder.host}, which cannot be reached from here; end it there.`,
      );
    }
    signal(holder.pid, 'SIGTERM');
    setTimeout(() => void this.#insist(folder, holder), lastMoments).unref();
  }

  /** The lock tells whether the number is still that process's. */
  async #insist(folder: string, holder: LockHolder): Promise<void> {
    try {
      const now = await runLockHolder(folder);
      if (now?.file === holder.file && now.state === 'alive') signal(now.pid, 'SIGKILL');
    } catch (error) {
      this.#failed(error);
    }
  }
}
