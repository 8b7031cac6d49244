/**
 * Makes segdec-PLATFORM-VERSION.vsix, the extension as users install it, when something that it is made of
 * has changed. The file is renamed into its place; its stamp comes last.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from '../build.mjs';
import { ScriptError, dist, root, say } from '../paths.mjs';
import { runLogged } from '../testHost/logged.mjs';
import { namesInArchive } from './archive.mjs';
import { ownFiles, stage } from './staging.mjs';

const folder = join(root, '.cache', 'vsix');
const largest = 80e6;

/** Platforms by VS Code's names, which are Node's. */
const targets = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'];

/** @typedef {{file: string, bytes: number}} Package */

/** The name without what vsce changes: the case of two pages, the ending of the licence. @param {string} name */
const plain = (name) => name.toLowerCase().replace(/^license\.(txt|md)$/, 'license');

/** Throws when the file holds anything but what was staged. @param {string} file @param {readonly string[]} staged */
async function checkContents(file, staged) {
  const wanted = new Set(staged.filter((name) => name !== '.vscodeignore').map(plain));
  const inside = (await namesInArchive(file)).filter((name) => name.startsWith('extension/'));
  const found = new Set(inside.map((name) => plain(name.slice('extension/'.length))));
  const strange = [...found].filter((name) => !wanted.has(name));
  const missing = [...wanted].filter((name) => !found.has(name));
  if (strange.length === 0 && missing.length === 0) return;
  throw new ScriptError(
    `The package is not what was listed: too much (${strange.join(', ') || 'nothing'}), missing (${missing.join(', ') || 'nothing'}). Compare .vscodeignore with scripts/lib/package/staging.mjs.`,
  );
}

/** @param {string} from the folder @param {string} file @param {string} target */
async function pack(from, file, target) {
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = [
    ...[vsce, 'package', '--target', target, '--out', file, '--no-dependencies'],
    ...['--allow-missing-repository', '--no-rewrite-relative-links'],
  ];
  const log = join(folder, 'vsce.log');
  const { code, complaint } = await runLogged(process.execPath, args, { cwd: from, log });
  if (code !== 0) throw new ScriptError(`vsce could not make the package: ${complaint} (${log})`);
}

/** Everything that decides what is in the package. @param {string} target */
async function fingerprint(target) {
  const hash = createHash('sha256').update(target);
  const scripts = (await readdir(join(root, 'scripts', 'lib', 'package'))).map(
    (name) => `scripts/lib/package/${name}`,
  );
  const files = ['package.json', ...scripts, ...(await ownFiles())];
  for (const file of files) hash.update(`${file}\0`).update(await readFile(join(root, file)));
  return hash.update(await readFile(join(dist, '.stamp'))).digest('hex');
}

/** @param {string} file @param {string} target */
async function make(file, target) {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, 'work-'));
  try {
    const staging = join(work, 'extension');
    const staged = await stage(staging, target);
    const made = join(work, 'made.vsix');
    await pack(staging, made, target);
    await checkContents(made, staged);
    const { size } = await stat(made);
    if (size > largest) {
      throw new ScriptError(
        `The package is ${megabytes(size)} MB, more than the ${megabytes(largest)} MB it may have.`,
      );
    }
    await rename(made, file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {number} bytes */
export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/**
 * The package of a platform, made if need be.
 * @param {{target?: string, force?: boolean}} [options]
 * @returns {Promise<Package>}
 */
export async function ensurePackaged({
  target = `${process.platform}-${process.arch}`,
  force = false,
} = {}) {
  if (!targets.includes(target)) {
    throw new ScriptError(`There is no package for ${target}, only for ${targets.join(', ')}.`, 2);
  }
  await ensureBuilt();
  if (!existsSync(join(dist, 'extension.cjs'))) {
    throw new ScriptError('There is no extension to package: extension/main.ts is missing.');
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const file = join(folder, `segdec-${target}-${version}.vsix`);
  const stamp = `${file}.stamp`;
  const wanted = await fingerprint(target);
  const current =
    existsSync(file) && existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted;
  if (force || !current) {
    say('Packaging the extension …');
    await rm(stamp, { force: true });
    await make(file, target);
    await writeFile(`${stamp}.tmp`, wanted);
    await rename(`${stamp}.tmp`, stamp);
  }
  return { file, bytes: (await stat(file)).size };
}
