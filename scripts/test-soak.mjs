/**
 * `npm run test:soak [-- --minutes M]`: labels, masks, runs and predictions over and over, eight hours unless told
 * otherwise; fails when the server or what it keeps running holds more at the end than after the warm-up.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ScriptError, root, runScript } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';

function readMinutes() {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string', default: '480' } } });
    const minutes = Number(values.minutes);
    if (!(minutes > 0 && minutes < 100_000)) throw new Error('--minutes takes a number above 0.');
    return minutes;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScriptError(`${why}\nUsage: npm run test:soak -- [--minutes NUMBER]`, 2, error);
  }
}

await runScript(async () => {
  const minutes = readMinutes();
  await ensureInstalled();
  await ensureBuilt();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', '--project', 'node', 'test/protocol/soak.test.ts'];
  const env = { ...process.env, SEGDEC_SOAK_MINUTES: String(minutes) };
  process.exitCode = await runNode(vitest, args, { env });
});
