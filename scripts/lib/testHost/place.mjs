/**
 * Where the test host lies and how a complete one is recognised. The test host is code-server: the
 * server, the extension host and the web workbench of VS Code as a package from the npm registry, for
 * machines where VS Code itself cannot be downloaded. It is a development tool; nothing ships it.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../paths.mjs';

/** The version that carries VS Code 1.100, the oldest that the extension supports. */
export const codeServerVersion = '4.100.3';
/** The major version of Node that this code-server runs on. */
export const nodeMajor = 20;
/** Raised when the steps of the installation change, so that older ones are made anew. */
const recipe = 1;

/** @typedef {{folder: string, version: string, node: string, entry: string, chromium: string}} TestHost */
/** @typedef {{version: string, recipe: number, node: string}} Marker */

export const testHostFolder = join(root, '.cache', 'testhost');

/** code-server's main file. @param {string} folder */
export const entryOf = (folder) =>
  join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js');

/** The root of VS Code's own server inside code-server. @param {string} folder */
export const vscodeOf = (folder) => join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

/** The file that is written last. @param {string} folder */
export const markerOf = (folder) => join(folder, 'testhost.json');

/** What the marker says. @param {string} node @returns {Marker} */
export const markerFor = (node) => ({ version: codeServerVersion, recipe, node });

/** The first of some programs that PATH leads to, or undefined. @param {...string} names */
export function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not for us: either way it is not the one.
  }
}

/** The browser that the tests drive. */
export const findChromium = () =>
  onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome');

/** The complete test host of a folder, or undefined. Takes milliseconds. @param {string} [folder] @returns {TestHost | undefined} */
export function findTestHost(folder = testHostFolder) {
  const marker = markerOf(folder);
  const chromium = findChromium();
  if (chromium === undefined || !existsSync(marker)) return undefined;
  const {
    version,
    recipe: made,
    node,
  } = /** @type {Marker} */ (JSON.parse(readFileSync(marker, 'utf8')));
  const entry = entryOf(folder);
  const complete =
    version === codeServerVersion && made === recipe && existsSync(node) && existsSync(entry);
  return complete ? { folder, version, node, entry, chromium } : undefined;
}
