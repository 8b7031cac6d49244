/** Where the program of a decoding process lies: beside the built bundle, or bundled from source for tests. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../../files/atomicWrite.ts';

const here = fileURLToPath(import.meta.url);

function repositoryRoot(): string {
  for (let folder = dirname(here); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`no package.json above ${here}`);
}

/** Bundles the worker once for each state of its sources. */
async function bundleFromSource(): Promise<string> {
  const folder = dirname(here);
  const hash = createHash('sha256');
  for (const sources of [folder, join(repositoryRoot(), 'protocol')]) {
    const found = await readdir(sources, { withFileTypes: true });
    const names = found.filter((entry) => entry.isFile()).map(({ name }) => name);
    for (const name of names.sort()) hash.update(await readFile(join(sources, name)));
  }
  const cache = join(repositoryRoot(), 'node_modules', '.cache', 'segdec');
  const file = join(cache, `decodeWorker-${hash.digest('hex').slice(0, 16)}.mjs`);
  if (existsSync(file)) return file;
  const { build } = await import('esbuild');
  const built = await build({
    entryPoints: [join(folder, 'decodeWorker.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['sharp'],
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  await mkdir(cache, { recursive: true });
  await writeFileWhole(file, built.outputFiles[0]?.contents ?? '');
  return file;
}

let fromSource: Promise<string> | undefined;

/** The worker's file. */
export async function decodeWorkerPath(): Promise<string> {
  if (!here.endsWith('.ts')) return join(dirname(here), 'decodeWorker.js');
  fromSource ??= bundleFromSource();
  return await fromSource;
}
