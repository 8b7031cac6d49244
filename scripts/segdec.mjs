/** `npm run -s segdec -- ARGS`: the segdec command from a checkout. Stdout is the command's own. */
import { runBuilt } from './lib/built.mjs';
import { runScript } from './lib/paths.mjs';

await runScript(() => runBuilt('cli', process.argv.slice(2)));
