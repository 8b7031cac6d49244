/** A folder that nobody may write to. */
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';

/** Closes a folder and gives how to open it again; undefined where that cannot be done here. */
export function closeFolder(folder: string): (() => void) | undefined {
  if (process.platform === 'win32') return undefined;
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o555);
    return () => chmodSync(folder, 0o755);
  }
  // Root may write whatever the mode says, but not to what is mounted read-only.
  try {
    execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'remount,ro,bind', folder], { stdio: 'ignore' });
    return () => void execFileSync('umount', [folder]);
  } catch {
    // Root of a container may not mount; the test says that it was skipped.
    return undefined;
  }
}
