/** Where the programs lie that this one starts: bundles beside each other, also when run from source. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);

function bundles(): string {
  if (!here.endsWith('.ts')) return dirname(here);
  for (let folder = dirname(here); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist');
  }
  throw new Error(`no package.json above ${here}`);
}

/** The file of a program that is started as a process (or thread) of its own. */
export function programPath(
  name: 'command' | 'runProcess' | 'inferenceProcess' | 'processGuard',
): string {
  return join(bundles(), `${name}.js`);
}

/**
 * The environment of such a process. VS Code's own program is Electron, which is Node only as long as this
 * variable says so.
 */
export function programEnvironment(): NodeJS.ProcessEnv {
  return process.versions['electron'] === undefined
    ? process.env
    : { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
}
