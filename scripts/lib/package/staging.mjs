/**
 * The folder that a VSIX is packed from. It begins empty and gets only what is listed here; that list is
 * checked again against the names in the finished file.
 */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { bundleExtension, bundlePrograms, bundleWebviews, shippedPrograms } from '../bundles.mjs';
import { ScriptError, root } from '../paths.mjs';
import { schemaFiles } from '../schema.mjs';
import { packagesOf, shippedModules } from './modules.mjs';
import { thirdPartyNotices } from './notices.mjs';

/** Every file of the package matches one of these. */
const allowed = [
  /^(package\.json|package\.nls(\.[a-z-]+)?\.json|README\.md|CHANGELOG\.md|LICENSE|\.vscodeignore)$/,
  /^docs\/images\/[\w.-]+\.(png|jpg|webp)$/,
  /^media\/([\w.-]+\/)*[\w.-]+\.(svg|png|jpg|webp|md)$/,
  /^l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^dist\/[\w.-]+\.(js|cjs)$/,
  /^dist\/[\w.-]+\.schema\.json$/,
  /^dist\/webview\/[\w.-]+\.(js|css|ttf|svg)$/,
  /^dist\/ThirdPartyNotices\.txt$/,
  /^dist\/node_modules\/(onnxruntime-node|onnxruntime-common|sharp|@img\/[\w-]+|detect-libc|semver)\/.+/,
];

/** Files below a folder, relative to it, with slashes. @param {string} folder */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Our own sources of the package besides the bundles, relative to the checkout. */
export async function ownFiles() {
  const files = ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore'];
  const atRoot = (await readdir(root)).filter((name) => /^package\.nls(\..+)?\.json$/.test(name));
  files.push(...atRoot);
  for (const folder of ['media', 'l10n']) {
    if (!existsSync(join(root, folder))) continue;
    files.push(...(await filesBelow(join(root, folder))).map((name) => `${folder}/${name}`));
  }
  return files;
}

/** package.json without what concerns a checkout. */
async function shippedManifest() {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const ofCheckout = [
    ...['scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'files', 'private'],
    'bin',
  ];
  for (const key of ofCheckout) delete manifest[key];
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** A page whose links lead only to what is packed; the others become their text. @param {string} text @param {ReadonlySet<string>} packed */
export function withoutDeadLinks(text, packed) {
  return text.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, label, target) => {
    const stays = /^([a-z]+:|#)/.test(target) || packed.has(target.replace(/#.*$/, ''));
    if (stays) return whole;
    return image === '!' ? '' : label;
  });
}

/** Pictures that a page shows, relative to the checkout. @param {string} text */
const pictures = (text) =>
  [...text.matchAll(/!\[[^\]]*\]\((docs\/images\/[^)\s]+)\)/g)].map(([, target]) => target);

/** @param {string} path @param {string | Uint8Array} data */
async function put(path, data) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}

/** @param {string} from @param {string} to */
async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
}

/** What the build makes, without maps and without the lines that point to them; gives the sources. @param {string} folder */
async function stageBundles(folder) {
  const target = join(folder, 'dist');
  const bundles = await Promise.all([
    bundlePrograms(shippedPrograms, target),
    bundleExtension(target),
    bundleWebviews(join(target, 'webview')),
  ]);
  for (const { path, contents, text } of bundles.flatMap(({ files }) => files)) {
    if (path.endsWith('.map')) continue;
    const isText = /\.(c?js|css)$/.test(path);
    await put(
      path,
      isText ? text.replace(/\n(\/\/|\/\*)# sourceMappingURL=.*\n?$/, '\n') : contents,
    );
  }
  for (const { path, contents } of await schemaFiles(target)) await put(path, contents);
  return bundles.flatMap(({ sources }) => sources);
}

/**
 * Fills an empty folder with what is shipped.
 * @param {string} folder
 * @param {string} target such as linux-x64
 * @returns {Promise<string[]>} the names of its files
 */
export async function stage(folder, target) {
  const sources = await stageBundles(folder);
  const modules = await shippedModules(target);
  for (const { name, folder: from, files } of modules) {
    for (const file of files) {
      await copy(join(from, file), join(folder, 'dist', 'node_modules', name, file));
    }
  }
  const packages = [...packagesOf(sources), ...modules.map((module) => module.folder)];
  await put(join(folder, 'dist', 'ThirdPartyNotices.txt'), await thirdPartyNotices(packages));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const own = [...(await ownFiles()), ...pictures(readme)];
  for (const name of own) await copy(join(root, name), join(folder, name));
  await put(join(folder, 'README.md'), withoutDeadLinks(readme, new Set(own)));
  await put(join(folder, 'package.json'), await shippedManifest());
  const staged = await filesBelow(folder);
  const foreign = staged.filter((name) => !allowed.some((pattern) => pattern.test(name)));
  if (foreign.length > 0) {
    throw new ScriptError(`These files have no place in the package: ${foreign.join(', ')}.`);
  }
  return staged;
}
