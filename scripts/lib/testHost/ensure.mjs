/**
 * Installs the test host where it is missing. A complete one costs a look at a few files; an interrupted
 * installation goes on where it stopped; the marker is written last.
 */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ScriptError, say } from '../paths.mjs';
import { takeLease } from './leases.mjs';
import { alone } from './lock.mjs';
import { checkPlatform, ensureSystemPackages } from './machine.mjs';
import { compileNativeModules } from './native.mjs';
import { installPackages } from './packages.mjs';
import {
  codeServerVersion,
  entryOf,
  findTestHost,
  markerFor,
  markerOf,
  testHostFolder,
} from './place.mjs';

/** Throws when code-server does not start. @param {string} folder @param {string} node */
async function probe(folder, node) {
  const data = join(folder, '.probe');
  const args = ['--version', '--config', join(data, 'config.yaml'), '--user-data-dir', data];
  const env = { ...process.env, XDG_DATA_HOME: data };
  try {
    const { stdout } = await promisify(execFile)(node, [entryOf(folder), ...args], { env });
    if (!stdout.includes(codeServerVersion)) throw new Error(`it says ${stdout.trim()}`);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new ScriptError(`The test host does not start: ${why}.`, 1, error);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** @typedef {(packages: readonly string[]) => Promise<boolean>} MayInstall packages of the system */

/** @param {string} folder @param {MayInstall} mayInstall */
async function install(folder, mayInstall) {
  const began = Date.now();
  await mkdir(folder, { recursive: true });
  await ensureSystemPackages(folder, mayInstall);
  const runtime = await installPackages(folder);
  await compileNativeModules(folder, runtime);
  await probe(folder, runtime.node);
  const marker = markerOf(folder);
  await writeFile(`${marker}.tmp`, `${JSON.stringify(markerFor(runtime.node))}\n`);
  await rename(`${marker}.tmp`, marker);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(`The test host (code-server ${codeServerVersion}) is ready after ${seconds} s.`);
}

/** Installs with a lease, so that no compiler goes on when this process is killed. @param {string} folder @param {MayInstall} mayInstall */
async function installLeased(folder, mayInstall) {
  const lease = takeLease();
  Object.assign(process.env, lease.environment);
  try {
    await install(folder, mayInstall);
  } finally {
    for (const name of Object.keys(lease.environment)) delete process.env[name];
    await lease.end();
  }
}

/**
 * The test host, installed if need be. Throws a ScriptError whose sentence says why this machine cannot
 * have it.
 * @param {string} [folder]
 * @param {MayInstall} [mayInstall] asked before the system's package manager is used; default: it may be
 * @returns {Promise<import('./place.mjs').TestHost>}
 */
export async function ensureTestHost(
  folder = testHostFolder,
  mayInstall = () => Promise.resolve(true),
) {
  const present = findTestHost(folder);
  if (present !== undefined) return present;
  checkPlatform();
  return await alone(folder, async () => {
    // Another process may have finished it while this one waited.
    if (findTestHost(folder) === undefined) await installLeased(folder, mayInstall);
    const made = findTestHost(folder);
    if (made === undefined) throw new ScriptError(`The test host in ${folder} is not complete.`);
    return made;
  });
}
