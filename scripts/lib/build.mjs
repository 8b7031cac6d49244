/**
 * Bundles the programs into dist/ with esbuild, when their sources changed. Code is split, so that
 * `segdec --help` and `segdec inspect` load no runtime. Each file is renamed into its place; the stamp
 * comes last, so that an interrupted build is built again.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ScriptError, dist, root, say } from './paths.mjs';

/** Bundle → source. */
const programs = {
  cli: 'server/cli/main.ts',
  decodeWorker: 'server/data/images/decodeWorker.ts',
  parity: 'test/parity/parity.ts',
  bench: 'bench/bench.ts',
};

const sourceFolders = ['protocol', 'server', 'bench', 'test/parity'];
const otherSources = ['package-lock.json', 'scripts/lib/build.mjs'];
const day = 24 * 60 * 60 * 1000;

/** All source files, sorted, relative to the checkout. */
async function sourceFiles() {
  const files = [...otherSources];
  for (const folder of sourceFolders) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (name.endsWith('.ts')) files.push(join(folder, name));
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

/** esbuild with our settings; gives the files instead of writing them. */
async function bundle() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: programs,
    outdir: dist,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // tfjs-core's gradients and operations must come from the same ES modules (server/method/tf.ts).
    mainFields: ['module', 'main'],
    // Native modules stay outside; packages that were CommonJS still call require.
    external: ['onnxruntime-node', 'sharp', '@tensorflow/tfjs-node-gpu'],
    banner: {
      js: "import{createRequire as segdecRequire}from'node:module';const require=segdecRequire(import.meta.url);",
    },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  return outputFiles;
}

const isChunk = (/** @type {string} */ path) => /-[A-Z0-9]{8}\.js(\.map)?$/.test(path);

/** Writes a file beside its place and renames it there. @param {string} path @param {Uint8Array | string} data */
async function place(path, data) {
  const temporary = join(dist, `.${basename(path)}.${process.pid}.tmp`);
  await writeFile(temporary, data);
  if (basename(path) === 'cli.js') await chmod(temporary, 0o755);
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
  const files = await bundle().catch((/** @type {unknown} */ error) => {
    // esbuild has printed what and where.
    throw new ScriptError('The build failed (see above).', 1, error);
  });
  await mkdir(dist, { recursive: true });
  // Entry points last: they name the chunks. The stamp after all.
  files.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)));
  for (const { path, contents } of files) await place(path, contents);
  await removeOldChunks(new Set(files.map(({ path }) => basename(path))));
  await place(join(dist, '.stamp'), wanted);
  say('Built dist/.');
  return true;
}
