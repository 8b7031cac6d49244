/**
 * `npm start [-- FOLDER]`: SegDec in a VS Code in your browser. Installs and builds what is missing, makes a
 * sample dataset (or takes your folder), and serves VS Code with the packaged extension until Ctrl-C. Says first
 * what it will install, and asks before it uses the system's package manager.
 */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './lib/build.mjs';
import { ask } from './lib/ask.mjs';
import { ensureInstalled, firstMissing } from './lib/install.mjs';
import { ensurePackaged, megabytes } from './lib/package/vsix.mjs';
import { ScriptError, dist, root, runScript, say } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';
import { ensureTestHost } from './lib/testHost/ensure.mjs';
import { missingPackages } from './lib/testHost/machine.mjs';
import { findTestHost, onPath } from './lib/testHost/place.mjs';
import { startCodeServer } from './lib/testHost/server.mjs';
import { whatComes } from './lib/whatComes.mjs';

const sample = join(root, 'start-output', 'surfaces');

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        yes: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const port = Number(values.port);
    if (positionals.length > 1 || !(Number.isInteger(port) && port >= 0 && port < 65536)) {
      throw new Error('At most one folder, and a port that is a number.');
    }
    return { folder: positionals[0], port, yes: values.yes };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScriptError(`${why}\nUsage: npm start -- [--port NUMBER] [--yes] [FOLDER]`, 2, error);
  }
}

/** The folder to open: a person's own, or the sample dataset with whatever was done to it before. @param {string | undefined} own */
async function folderToOpen(own) {
  if (own !== undefined) {
    const folder = resolve(process.env.INIT_CWD ?? '.', own);
    if (!existsSync(folder)) throw new ScriptError(`There is no folder ${folder}.`, 2);
    return folder;
  }
  if (existsSync(join(sample, 'labels.csv'))) return sample;
  const code = await runNode(join(dist, 'cli.js'), ['sample', sample]);
  if (code !== 0) throw new ScriptError('The sample dataset could not be made (see above).', code);
  return sample;
}

async function sayWhatComes() {
  const packages = (await firstMissing()) !== undefined;
  const host = findTestHost() === undefined;
  const text = whatComes({ packages, host, system: host ? missingPackages() : [] });
  if (text !== undefined) say(text);
}

/** Asks whether packages of the system may be installed. @param {boolean} yes answered already */
const mayInstall =
  (yes) =>
  /** @param {readonly string[]} packages */
  async (packages) =>
    yes || (await ask(`Install ${packages.join(', ')} on this machine with apt-get?`));

/** The test host, or a sentence that says why not and what else can be done. @param {string} vsix @param {boolean} yes */
async function hostOr(vsix, yes) {
  try {
    return await ensureTestHost(undefined, mayInstall(yes));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const instead = `In a VS Code of your own, install the extension with: code --install-extension ${vsix}`;
    throw new ScriptError(`${error.message}\n${instead}`, 1, error);
  }
}

await runScript(async () => {
  const { folder: own, port, yes } = readArguments();
  await sayWhatComes();
  await ensureInstalled();
  await ensureBuilt();
  const { file, bytes } = await ensurePackaged();
  const vsix = relative(root, file);
  say(`The extension: ${vsix} (${megabytes(bytes)} MB)`);
  const workspace = await folderToOpen(own);
  const host = await hostOr(vsix, yes);
  // Ctrl-C is how this is meant to end. The server and its folder go when we exit.
  process.once('SIGINT', () => process.exit(0));
  const server = await startCodeServer(host, { workspace, port });
  await server.installExtension(file);
  say(`\nOpen ${server.url()}\nCtrl-C ends it; ${relative(root, workspace) || workspace} stays.`);
  if (onPath('code') !== undefined) {
    say(`In your own VS Code: code --install-extension ${vsix}`);
  }
  await server.ended;
  throw new ScriptError(`The server ended by itself.\n${server.log()}`);
});
