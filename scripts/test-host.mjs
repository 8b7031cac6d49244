/**
 * `npm run test:host [-- FILES]`: the tests in a real VS Code alone. Installs the test host first, and fails
 * with the reason where it cannot be had. `--install` does only that.
 */
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root, runScript, say } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';
import { ensureTestHost } from './lib/testHost/ensure.mjs';

await runScript(async () => {
  const args = process.argv.slice(2);
  await ensureInstalled();
  const host = await ensureTestHost();
  if (args.includes('--install')) {
    say(`code-server ${host.version} is in ${host.folder}.`);
    return;
  }
  await ensureBuilt();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  process.exitCode = await runNode(vitest, ['run', '--project', 'host', ...args]);
});
