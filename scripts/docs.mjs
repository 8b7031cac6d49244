/**
 * `npm run docs`: writes what is made from the sources: the page of the command line, the strings to translate.
 * `npm run docs -- --protocol`: says that somebody looked at docs/protocol.md since protocol/ changed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { cliPage } from './lib/cliPage.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { l10nBundle } from './lib/l10n.mjs';
import { root, runScript, say } from './lib/paths.mjs';
import { stampPage } from './lib/protocolPage.mjs';

await runScript(async () => {
  if (process.argv.includes('--protocol')) {
    await stampPage();
    say('Stamped docs/protocol.md.');
    return;
  }
  await ensureInstalled();
  await ensureBuilt();
  await writeFile(join(root, 'docs', 'cli.md'), await cliPage());
  await writeFile(join(root, 'l10n', 'bundle.l10n.json'), await l10nBundle());
  say('Wrote docs/cli.md and l10n/bundle.l10n.json.');
});
