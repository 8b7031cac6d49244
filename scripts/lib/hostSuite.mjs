/**
 * Bundles the mocha suites that run inside VS Code's extension host (test/host/suite) into
 * .cache/host-suite, each file on its own: mocha loads them one after the other.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from './paths.mjs';

const sources = join(root, 'test', 'host', 'suite');
const folder = join(root, '.cache', 'host-suite');

/** Bundles the suites and gives the file of their entry. @returns {Promise<string>} */
export async function ensureHostSuite() {
  const { build } = await import('esbuild');
  const files = (await readdir(sources)).filter((name) => /^index\.ts$|\.suite\.ts$/.test(name));
  const { outputFiles } = await build({
    entryPoints: files.map((name) => join(sources, name)),
    outdir: folder,
    write: false,
    bundle: true,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20.19',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  await mkdir(folder, { recursive: true });
  const made = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const name of await readdir(folder)) {
    if (!made.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const { path, contents } of outputFiles) {
    await writeFile(`${path}.tmp`, contents);
    await rename(`${path}.tmp`, path);
  }
  return join(folder, 'index.cjs');
}
