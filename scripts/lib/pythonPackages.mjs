/**
 * The Python packages that the script of an exported model needs, for the test that runs it: into `.cache/python`,
 * once. Where there is no Python or no answer the test is skipped, and nothing else fails.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './paths.mjs';

/** Wheels alone: no code of theirs runs at installation. */
const packages = ['numpy==2.4.6', 'onnxruntime==1.32.0', 'pillow==13.0.0'];
/** Seconds that a registry may take; all of it takes about ten. */
const patience = 180;

/** The Python that tests run. */
export const python = process.env['SEGDEC_PYTHON'] ?? 'python3';

/** Where the packages lie; another list is another folder. */
export const pythonFolder = join(
  root,
  '.cache',
  'python',
  packages.join('-').replaceAll(/[^a-z\d.]+/g, '-'),
);

/** What Python's own packages and those of the folder are found by. @param {string} [folder] */
export const pythonEnvironment = (folder = pythonFolder) => ({
  ...process.env,
  PYTHONPATH: [process.env['PYTHONPATH'] ?? '', folder]
    .filter((one) => one !== '')
    .join(process.platform === 'win32' ? ';' : ':'),
});

/** True where the script would run. @param {string} [folder] */
export async function hasPythonPackages(folder = pythonFolder) {
  try {
    const env = pythonEnvironment(folder);
    await promisify(execFile)(python, ['-c', 'import numpy, onnxruntime, PIL'], { env });
    return true;
  } catch {
    // Whatever the reason, it cannot run.
    return false;
  }
}

/** The last line that says something. @param {unknown} error */
function reasonOf(error) {
  const { stderr = '', message = '' } = /** @type {{ stderr?: string, message?: string }} */ (
    error
  );
  const lines = (stderr.trim() === '' ? message : stderr).trim().split('\n');
  return (lines.at(-1) ?? '').replace(/^ERROR: /, '').slice(0, 200);
}

/**
 * Installs what is missing; gives the reason where it cannot. Another Python's packages are replaced.
 * @param {string} [folder] @returns {Promise<string | undefined>}
 */
export async function ensurePythonPackages(folder = pythonFolder) {
  if (await hasPythonPackages(folder)) return undefined;
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  const args = [
    ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'],
    ...['--root-user-action=ignore', '--retries=1', '--timeout=15', '--no-compile'],
    ...['--only-binary=:all:', '--no-deps', `--target=${unfinished}`, ...packages],
  ];
  try {
    await promisify(execFile)(python, args, { timeout: patience * 1000 });
    if (existsSync(folder)) await rm(folder, { recursive: true });
    await rename(unfinished, folder);
  } catch (error) {
    return reasonOf(error);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return (await hasPythonPackages(folder)) ? undefined : 'what was installed cannot be imported';
}
