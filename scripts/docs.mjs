/** `npm run docs`: writes the pages that are made from the program. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { cliPage } from './lib/cliPage.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root, runScript, say } from './lib/paths.mjs';

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await writeFile(join(root, 'docs', 'cli.md'), await cliPage());
  say('Wrote docs/cli.md.');
});
