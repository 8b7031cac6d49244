/** `npm run build`: installs what is missing and bundles all programs into dist/. */
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runScript } from './lib/paths.mjs';

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt({ force: true });
});
