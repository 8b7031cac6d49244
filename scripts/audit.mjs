/** `npm run audit [-- FOLDER]`: what the package registry knows against the packages of a lock file. */
import { checkAdvisories } from './lib/audit.mjs';
import { runScript } from './lib/paths.mjs';

await runScript(() => checkAdvisories(process.argv[2]));
