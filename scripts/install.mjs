/** `node scripts/install.mjs`: brings node_modules to what package-lock.json says. */
import { ensureInstalled } from './lib/install.mjs';
import { runScript } from './lib/paths.mjs';

await runScript(ensureInstalled);
