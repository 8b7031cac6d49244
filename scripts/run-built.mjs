/** `node scripts/run-built.mjs NAME ARGS`: a bundled program (parity, bench) from a checkout. */
import { runBuilt } from './lib/built.mjs';
import { ScriptError, runScript } from './lib/paths.mjs';

await runScript(() => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) throw new ScriptError('Say which program: parity or bench.', 2);
  return runBuilt(name, args);
});
