/** Brings node_modules to what package-lock.json says. That no dependency's install script runs is .npmrc's word. */
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptError, root, say } from './paths.mjs';
import { checkMachine } from './machine.mjs';
import { runNpm } from './processes.mjs';

/** The packages of a lock file, or undefined when there is none. @param {string} path */
async function readPackages(path) {
  if (!existsSync(path)) return undefined;
  const lock = JSON.parse(await readFile(path, 'utf8'));
  return /** @type {Record<string, {version?: string, optional?: boolean}>} */ (
    lock.packages ?? {}
  );
}

/**
 * The first package of the lock file that is missing or of another version, or undefined.
 * Optional ones may be missing. npm writes `node_modules/.package-lock.json` last, so that an
 * interrupted installation shows.
 */
export async function firstMissing(folder = root) {
  const wanted = (await readPackages(join(folder, 'package-lock.json'))) ?? {};
  const present = await readPackages(join(folder, 'node_modules', '.package-lock.json'));
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present?.[path];
    if (found === undefined ? optional === true : found.version === version) continue;
    return path.replace(/^node_modules\//, '');
  }
  return undefined;
}

/** Installs what is missing; says nothing when nothing is. */
export async function ensureInstalled() {
  checkMachine();
  const missing = await firstMissing();
  if (missing === undefined) return;
  say(`Installing packages (${missing} is missing or old) …`);
  const code = await runNpm(['ci', '--loglevel=error'], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (code !== 0) {
    throw new ScriptError(
      `npm could not install the packages (exit code ${code}; its message is above). Check that the package registry can be reached, then try again.`,
    );
  }
}
