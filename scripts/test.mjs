/**
 * `npm test`: installs what is missing, then format check, lint, type check, build and all tests, and
 * stops at the first that fails. `--long` runs the tests at their night sizes.
 */
import { join } from 'node:path';
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

/** @param {string} name @param {string} file @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
async function check(name, file, args, env = process.env) {
  say(`${name} …`);
  const code = await runNode(file, args, { env });
  if (code !== 0) throw new ScriptError(`${name}: failed (see above).`, code);
}

await runScript(async () => {
  const args = process.argv.slice(2);
  const long = args.includes('--long');
  await ensureInstalled();
  for (const { name, file, args: toolArgs } of checks) await check(name, file, toolArgs);
  await ensureBuilt();
  const env = long ? { ...process.env, SEGDEC_LONG: '1' } : process.env;
  const filters = args.filter((arg) => arg !== '--long');
  // The runner's own closing lines end the output: nothing is printed after them.
  process.exitCode = await runNode(tool('vitest/vitest.mjs'), ['run', ...filters], { env });
});
