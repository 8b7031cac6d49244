/**
 * `npm test`: installs what is missing, then format check, lint, type check, advisories, build and all tests,
 * and stops at the first that fails. `--long` runs the tests at their night sizes.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { checkAdvisories } from './lib/audit.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ScriptError, root, runScript, say } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';
import { ensurePythonPackages } from './lib/pythonPackages.mjs';

const tool = (/** @type {string} */ path) => join(root, 'node_modules', path);
const checks = [
  { name: 'Format', file: tool('prettier/bin/prettier.cjs'), args: ['--check', '.'] },
  { name: 'Lint', file: tool('eslint/bin/eslint.js'), args: ['--max-warnings=0', '.'] },
  ...['.', 'webview-ui', 'test/browser'].map((project) => ({
    name: project === '.' ? 'Types' : `Types of ${project}`,
    file: tool('typescript/bin/tsc'),
    args: ['--noEmit', '-p', project],
  })),
];

/** @param {{ name: string, file: string, args: readonly string[] }} check */
async function check({ name, file, args }) {
  say(`${name} …`);
  const code = await runNode(file, args);
  if (code !== 0) throw new ScriptError(`${name}: failed (see above).`, code);
}

/** Has the test of the Python script run where it can. */
async function bringPython() {
  const reason = await ensurePythonPackages();
  if (reason !== undefined) say(`The Python script of exported models is not tested: ${reason}.`);
}

/** @param {typeof checks} all */
async function inTurn(all) {
  for (const one of all) await check(one);
}

/** A part of the tests. @param {readonly string[]} args @param {import('node:child_process').SpawnOptions} options */
const runTests = (args, options) => runNode(tool('vitest/vitest.mjs'), ['run', ...args], options);

/** Folders of tests of code. */
async function codeFolders() {
  const found = await readdir(join(root, 'test'), { recursive: true });
  const folders = found
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.split(sep)[0] ?? '');
  return [...new Set(folders)].filter((folder) => folder !== 'browser' && folder !== 'host');
}

/** About as long as all other tests of code, when those in a browser come before it. */
const afterBrowser = 'cli';

/**
 * Tests of code on one core; those in a plain browser and then those of the command line on the other, their output
 * kept until the first have ended; then those in VS Code, which want the machine for themselves.
 * @param {readonly string[]} filters @param {NodeJS.ProcessEnv} env
 */
async function runAllTests(filters, env) {
  const folder = await mkdtemp(join(tmpdir(), 'segdec-tests-'));
  const log = join(folder, 'beside.log');
  const output = openSync(log, 'w');
  const isAll = filters.length === 0;
  const few = isAll ? [] : ['--passWithNoTests', ...filters];
  const here = isAll ? (await codeFolders()).filter((name) => name !== afterBrowser) : [];
  const inFolders = (/** @type {readonly string[]} */ names) =>
    names.map((name) => `test/${name}/`);
  const besideThese = async () => {
    /** @type {import('node:child_process').SpawnOptions} */
    const options = { env, stdio: ['ignore', output, output] };
    const codes = [await runTests(['--project', 'browser', ...few], options)];
    if (isAll) {
      codes.push(await runTests(['--project', 'node', ...inFolders([afterBrowser])], options));
    }
    return codes;
  };
  try {
    const beside = besideThese();
    const ofCode = await runTests(['--project', 'node', ...few, ...inFolders(here)], { env });
    say(isAll ? 'Tests in a browser, tests of the command line …' : 'Tests in a browser …');
    const codes = [ofCode, ...(await beside)];
    process.stdout.write(readFileSync(log));
    say('Tests in VS Code …');
    codes.push(await runTests(['--project', 'host', ...few], { env }));
    return codes.find((code) => code !== 0) ?? 0;
  } finally {
    closeSync(output);
    await rm(folder, { recursive: true, force: true });
  }
}

await runScript(async () => {
  const args = process.argv.slice(2);
  const long = args.includes('--long');
  await ensureInstalled();
  const [format, lint, ...types] = checks;
  if (format !== undefined) await check(format);
  // A core each; waiting for registries takes none.
  await Promise.all([
    lint === undefined ? undefined : check(lint),
    inTurn(types),
    checkAdvisories(),
    bringPython(),
  ]);
  await ensureBuilt();
  const env = long ? { ...process.env, SEGDEC_LONG: '1' } : process.env;
  process.exitCode = await runAllTests(
    args.filter((arg) => arg !== '--long'),
    env,
  );
});
