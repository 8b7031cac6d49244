/**
 * The native modules that go into the package, of one platform alone, and the few packages that they need
 * at run time: for each the files that are loaded, and nothing else.
 */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { ScriptError, root } from '../paths.mjs';

/**
 * The libraries of the ONNX Runtime for the CPU. The Windows ones for DirectX (18 MB each) are loaded on
 * first use of a graphics device, which we never ask for; the binding of macOS names the shorter of two
 * equal files.
 */
const runtimeLibraries = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

/** @typedef {{name: string, folder: string, files: readonly string[]}} Module with its files relative to its folder */

/** Where an installed package lies, seen from another, or undefined. @param {string} name @param {string} from a folder */
function findPackage(name, from) {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((place) => existsSync(place));
}

/** @param {string} name @param {string} from @param {string} target */
function requirePackage(name, from, target) {
  const folder = findPackage(name, from);
  if (folder !== undefined) return folder;
  throw new ScriptError(
    `The package for ${target} needs ${name}, which is not installed here: npm installs the binaries of its own platform, so run this on ${target}.`,
  );
}

/** Files of a package that match, relative to it, with slashes. @param {string} folder @param {readonly RegExp[]} wanted */
async function filesOf(folder, wanted) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name === 'package.json' || wanted.some((pattern) => pattern.test(name)))
    .sort();
}

/** @param {string} folder of @img/sharp-PLATFORM */
async function libvipsOf(folder) {
  const { optionalDependencies = {} } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  // On Windows the library is in the package itself.
  return Object.keys(optionalDependencies).filter((name) => name.startsWith('@img/sharp-libvips-'));
}

/**
 * What is shipped for a platform.
 * @param {string} target such as linux-x64
 * @returns {Promise<Module[]>}
 */
export async function shippedModules(target) {
  const [platform, processor] = target.split('-');
  const library = runtimeLibraries[/** @type {keyof typeof runtimeLibraries} */ (platform)];
  const runtime = requirePackage('onnxruntime-node', root, target);
  const binaries = `bin/napi-v6/${platform}/${processor}`;
  for (const file of ['onnxruntime_binding.node', library ?? 'libonnxruntime']) {
    if (existsSync(join(runtime, binaries, file))) continue;
    throw new ScriptError(`onnxruntime-node has no ${file} for ${target}.`);
  }
  const sharp = requirePackage('sharp', root, target);
  const binding = requirePackage(`@img/sharp-${target}`, sharp, target);
  /** @type {[string, string, RegExp[]][]} name, seen from, files */
  const parts = [
    [
      'onnxruntime-node',
      root,
      [
        /^dist\/[^/]+\.js$/,
        new RegExp(`^${binaries}/(onnxruntime_binding\\.node|${library.replaceAll('.', '\\.')})$`),
      ],
    ],
    ['onnxruntime-common', runtime, [/^dist\/cjs\/[^/]+\.(js|json)$/]],
    ['sharp', root, [/^dist\/[^/]+\.(cjs|mjs)$/, /^LICENSE$/]],
    [`@img/sharp-${target}`, sharp, [/^index\.cjs$/, /^lib\/[^/]+\.(node|dll)$/, /^LICENSE$/]],
    ['@img/colour', sharp, [/^[^/]+\.cjs$/, /^LICENSE/]],
    ['detect-libc', sharp, [/^lib\/[^/]+\.js$/, /^LICENSE$/]],
    [
      'semver',
      sharp,
      [/^(classes|functions|internal|ranges)\/[^/]+\.js$/, /^index\.js$/, /^LICENSE$/],
    ],
  ];
  for (const name of await libvipsOf(binding)) {
    parts.push([
      name,
      binding,
      [
        /^lib\/[^/]+\.(so|dylib)[0-9.]*$/,
        /^lib\/[^/]+\.dylib$/,
        /^lib\/index\.js$/,
        /^versions\.json$/,
      ],
    ]);
  }
  const modules = [];
  for (const [name, from, wanted] of parts) {
    const folder = requirePackage(name, from, target);
    modules.push({ name, folder, files: await filesOf(folder, wanted) });
  }
  return modules;
}

/** The folder of the package that a source file belongs to, or undefined for our own. @param {string} file absolute */
function packageOf(file) {
  const marker = `${sep}node_modules${sep}`;
  const start = file.lastIndexOf(marker);
  if (start < 0) return undefined;
  const [first = '', second = ''] = file.slice(start + marker.length).split(sep);
  const name = first.startsWith('@') ? join(first, second) : first;
  return join(file.slice(0, start + marker.length), name);
}

/** The folders of the packages that some source files belong to. @param {readonly string[]} sources absolute @returns {string[]} */
export const packagesOf = (sources) =>
  [...new Set(sources.flatMap((source) => packageOf(source) ?? []))].sort();
