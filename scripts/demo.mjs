/**
 * `npm run demo`: from a bare clone to a trained model and a page to look at. Makes a synthetic dataset,
 * trains on it, evaluates on images that training never saw, and opens nothing: it prints where to look.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ScriptError, dist, root, runScript, say } from './lib/paths.mjs';
import { runNode } from './lib/processes.mjs';

const folder = join(root, 'demo-output');
const data = join(folder, 'surfaces');
const run = join(folder, 'run');
const page = join(folder, 'report.html');
/** Below this the demo has failed: the network must really have learnt. */
const leastAp = '0.95';

/** @param {string} title @param {readonly string[]} args */
async function segdec(title, args) {
  const shown = args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg));
  say(`\n${title}\n$ segdec ${shown.join(' ')}`);
  const code = await runNode(join(dist, 'cli.js'), args);
  if (code !== 0)
    throw new ScriptError(`The demo stopped: segdec ${args[0]} failed (see above).`, code);
}

/** Only what an earlier demo made is removed. */
async function clearEarlier() {
  if (!existsSync(folder)) return;
  if (!existsSync(join(data, 'labels.csv'))) {
    throw new ScriptError(`${folder} was not made by the demo; move it away and try again.`, 2);
  }
  await rm(folder, { recursive: true });
}

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await clearEarlier();
  await segdec('1. Textured surfaces with scratches, dents, stains and cracks', ['sample', data]);
  await segdec('2. What is in the folder, and what is wrong with it', ['inspect', data]);
  await segdec('3. Training on two thirds of it: half of the defective images have a mask', [
    ...['train', data, '--preset', 'dagm', '--width', '0.5', '--epochs', '10', '--output', run],
  ]);
  await segdec('4. Scores of the images that training never saw', [
    ...['predict', run, join(data, 'test')],
  ]);
  await segdec('5. The same as a page, and as a gate for continuous integration', [
    ...['evaluate', run, '--html', page, '--min-ap', leastAp],
  ]);
  const at = (/** @type {string} */ path) => relative(root, path);
  say(
    `\nLook at ${at(page)} (in a browser), ${at(join(run, 'heatmaps'))} and ${at(join(run, 'scores.csv'))}.`,
  );
});
