/** `npm run docs`: writes what is made from the sources: the page of the command line, the strings to translate. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { cliPage } from './lib/cliPage.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { l10nBundle } from './lib/l10n.mjs';
import { root, runScript, say } from './lib/paths.mjs';

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await writeFile(join(root, 'docs', 'cli.md'), await cliPage());
  await writeFile(join(root, 'l10n', 'bundle.l10n.json'), await l10nBundle());
  say('Wrote docs/cli.md and l10n/bundle.l10n.json.');
});
