/**
 * `npm test`: installs what is missing, then format check, lint, type check, advisories, build and all tests,
 * and stops at the first that fails. `--long` runs the tests at their night sizes.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAdvisories } from './lib/audit.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ScriptError, root, runScript, say } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';

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

/** @param {typeof checks} all */
async function inTurn(all) {
  for (const one of all) await check(one);
}

/** A part of the tests. @param {readonly string[]} args @param {import('node:child_process').SpawnOptions} options */
const runTests = (args, options) => runNode(tool('vitest/vitest.mjs'), ['run', ...args], options);

/**
 * Tests of code on one core, those in a plain browser on the other, their output kept until the first have
 * ended; then those in VS Code, which want the machine for themselves.
 * @param {readonly string[]} filters @param {NodeJS.ProcessEnv} env
 */
async function runAllTests(filters, env) {
  const folder = await mkdtemp(join(tmpdir(), 'segdec-tests-'));
  const log = join(folder, 'browser.log');
  const output = openSync(log, 'w');
  const few = filters.length > 0 ? ['--passWithNoTests', ...filters] : [];
  try {
    const inBrowser = runTests(['--project', 'browser', ...few], {
      env,
      stdio: ['ignore', output, output],
    });
    const ofCode = await runTests(['--project', 'node', ...few], { env });
    say('Tests in a browser …');
    const codes = [ofCode, await inBrowser];
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
  // A core each; the registry's answer takes none.
  await Promise.all([
    lint === undefined ? undefined : check(lint),
    inTurn(types),
    checkAdvisories(),
  ]);
  await ensureBuilt();
  const env = long ? { ...process.env, SEGDEC_LONG: '1' } : process.env;
  process.exitCode = await runAllTests(
    args.filter((arg) => arg !== '--long'),
    env,
  );
});
