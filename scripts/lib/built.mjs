/**
 * Runs a bundled program in this very process, after installing and building what is missing: its
 * signals, its standard streams and its exit code need no forwarding.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { ScriptError, dist } from './paths.mjs';

/** @param {string} name of the bundle, without .js @param {readonly string[]} args */
export async function runBuilt(name, args) {
  await ensureInstalled();
  await ensureBuilt();
  const file = join(dist, `${name}.js`);
  if (!existsSync(file)) throw new ScriptError(`There is no program called ${name} here.`, 2);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}
