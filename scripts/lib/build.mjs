/**
 * Bundles programs, extension and web views into dist/ with esbuild, when their sources changed. Each file
 * is renamed into its place; the stamp comes last, so that an interrupted build is built again.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  bundleExtension,
  bundlePrograms,
  bundleWebviews,
  ownPrograms,
  shippedPrograms,
} from './bundles.mjs';
import { dist, root, say } from './paths.mjs';
import { schemaFiles } from './schema.mjs';

const sourceFolders = [
  'protocol',
  'common',
  'server',
  'extension',
  'webview-ui',
  'bench',
  'test/parity',
];
const otherSources = [
  'package-lock.json',
  ...['build', 'bundles', 'schema'].map((name) => `scripts/lib/${name}.mjs`),
];
/** Programs that are started by their own name. */
const executables = new Set(['cli.js', 'server.js']);
const day = 24 * 60 * 60 * 1000;

/** All source files, sorted, relative to the checkout. */
async function sourceFiles() {
  const files = [...otherSources];
  for (const folder of sourceFolders) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (/\.(ts|css|svg)$/.test(name)) files.push(join(folder, name));
    }
  }
  return files.sort();
}

/** A fingerprint of everything that the bundles are made from. */
async function fingerprint() {
  const hash = createHash('sha256');
  for (const file of await sourceFiles()) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

async function readStamp() {
  const stamp = join(dist, '.stamp');
  return existsSync(stamp) ? await readFile(stamp, 'utf8') : '';
}

/** Everything that a checkout runs. */
async function bundle() {
  const [schemas, ...bundles] = await Promise.all([
    schemaFiles(dist),
    bundlePrograms({ ...shippedPrograms, ...ownPrograms }, dist),
    bundleExtension(dist),
    bundleWebviews(join(dist, 'webview')),
  ]);
  return [...bundles.flatMap(({ files }) => files), ...schemas];
}

const isChunk = (/** @type {string} */ path) => /-[A-Z0-9]{8}\.js(\.map)?$/.test(path);

/** Writes a file beside its place and renames it there. @param {string} path @param {Uint8Array | string} data */
async function place(path, data) {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  await writeFile(temporary, data);
  if (executables.has(basename(path))) await chmod(temporary, 0o755);
  await rename(temporary, path);
}

/** Chunks of earlier builds: a program that still runs may load one, so they stay for a day. @param {Set<string>} current */
async function removeOldChunks(current) {
  for (const name of await readdir(dist)) {
    if (current.has(name) || !isChunk(name)) continue;
    const file = join(dist, name);
    if (Date.now() - (await stat(file)).mtimeMs > day) await rm(file, { force: true });
  }
}

/** Builds if the sources changed since the last build, or always with `force`. Says nothing on stdout. */
export async function ensureBuilt({ force = false } = {}) {
  const wanted = await fingerprint();
  if (!force && (await readStamp()) === wanted) return false;
  const files = await bundle();
  await mkdir(dist, { recursive: true });
  // Entry points last: they name the chunks. The stamp after all.
  files.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)));
  for (const { path, contents } of files) await place(path, contents);
  await removeOldChunks(new Set(files.map(({ path }) => basename(path))));
  await place(join(dist, '.stamp'), wanted);
  say('Built dist/.');
  return true;
}
