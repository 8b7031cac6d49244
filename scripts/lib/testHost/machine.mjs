/** What the test host needs of the machine: Linux on x64, a compiler, and three packages of the system. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptError, say } from '../paths.mjs';
import { runLogged } from './logged.mjs';
import { findChromium, onPath } from './place.mjs';

/** @param {string} why */
const cannot = (why) => new ScriptError(`The test host (code-server) cannot be had here: ${why}.`);

/** System packages that are missing, by Debian's names. */
export function missingPackages() {
  const missing = [];
  if (findChromium() === undefined) missing.push('chromium');
  if (onPath('rg') === undefined) missing.push('ripgrep');
  // The header that VS Code's module for Kerberos is compiled with.
  if (!existsSync('/usr/include/gssapi/gssapi.h')) missing.push('libkrb5-dev');
  return missing;
}

const canInstall = () => onPath('apt-get') !== undefined && process.getuid?.() === 0;

/** Installs packages of the system; only root can. @param {readonly string[]} packages @param {string} folder for the log */
async function aptInstall(packages, folder) {
  const list = packages.join(' ');
  if (!canInstall()) {
    throw cannot(`missing on this machine: ${list}; as root: apt-get install ${list}`);
  }
  say(`Installing ${list} with apt-get …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const where = { cwd: folder, log: join(folder, 'apt.log'), env };
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  if ((await runLogged('apt-get', args, where)).code === 0) return;
  // The lists of packages may be old or not there yet, as in a fresh container.
  await runLogged('apt-get', ['update'], where);
  const { code, complaint } = await runLogged('apt-get', args, where);
  if (code !== 0) throw cannot(`apt-get could not install ${list} (${complaint})`);
}

/** Throws a ScriptError with the reason when this machine cannot have the test host. */
export function checkPlatform() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw cannot(`it needs Linux on x64, and this is ${process.platform} on ${process.arch}`);
  }
  const report = /** @type {{header: {glibcVersionRuntime?: string}}} */ (
    process.report.getReport()
  );
  if (report.header.glibcVersionRuntime === undefined) {
    throw cannot('it needs a Linux with the GNU C library');
  }
  const tools = ['make', 'c++', 'python3'].filter((name) => onPath(name) === undefined);
  if (tools.length > 0) {
    throw cannot(`its native modules are compiled, and there is no ${tools.join(', no ')}`);
  }
}

/**
 * Brings the packages of the system that are missing, if that may be.
 * @param {string} folder
 * @param {(packages: readonly string[]) => Promise<boolean>} mayInstall
 */
export async function ensureSystemPackages(folder, mayInstall) {
  const missing = missingPackages();
  if (missing.length > 0 && canInstall() && !(await mayInstall(missing))) {
    const list = missing.join(' ');
    throw cannot(`it needs ${list}, which were not installed; as root: apt-get install ${list}`);
  }
  if (missing.length > 0) await aptInstall(missing, folder);
  const still = missingPackages();
  if (still.length > 0) throw cannot(`apt-get installed ${still.join(', ')}, but it is not found`);
}
