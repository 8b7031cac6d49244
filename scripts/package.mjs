/**
 * `npm run package [-- --target PLATFORM]`: the extension as a file that `code --install-extension` takes,
 * for this platform or another whose native modules are installed.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './lib/install.mjs';
import { ensurePackaged, megabytes } from './lib/package/vsix.mjs';
import { ScriptError, root, runScript, say } from './lib/paths.mjs';

function readTarget() {
  try {
    return parseArgs({ options: { target: { type: 'string' } } }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScriptError(`${why}\nUsage: npm run package -- [--target PLATFORM]`, 2, error);
  }
}

await runScript(async () => {
  const options = readTarget();
  await ensureInstalled();
  const { file, bytes } = await ensurePackaged({ ...options, force: true });
  say(`${relative(root, file)}: ${megabytes(bytes)} MB`);
});
