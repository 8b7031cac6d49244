/**
 * Before the tests in VS Code: brings the test host, packages the extension and bundles the suite that runs
 * inside the extension host. Where the host cannot be had, the tests hear why and skip.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHostSuite } from '../../../scripts/lib/hostSuite.mjs';
import { ensurePackaged } from '../../../scripts/lib/package/vsix.mjs';
import { ScriptError, say } from '../../../scripts/lib/paths.mjs';
import { ensureTestHost } from '../../../scripts/lib/testHost/ensure.mjs';
import { startCodeServer } from '../../../scripts/lib/testHost/server.mjs';

async function findHost() {
  try {
    return { host: await ensureTestHost() };
  } catch (error) {
    // Only a reason counts: any other failure is one of ours.
    if (!(error instanceof ScriptError)) throw error;
    say(`The tests in VS Code are skipped. ${error.message}`);
    return { reason: error.message };
  }
}

/**
 * A folder of extensions that holds ours, for all servers: to install it takes seconds.
 * @param {import('../../../scripts/lib/testHost/place.mjs').TestHost} host @param {string} vsix
 */
async function installed(host, vsix) {
  const extensions = await mkdtemp(join(tmpdir(), 'segdec-extensions-'));
  const server = await startCodeServer(host, { extensions });
  try {
    await server.installExtension(vsix);
  } finally {
    await server.stop();
  }
  return extensions;
}

/** @param {{provide: (key: 'hostSetup', value: unknown) => void}} project */
export default async function setup(project) {
  const found = await findHost();
  if (found.host === undefined) {
    project.provide('hostSetup', found);
    return undefined;
  }
  const { file } = await ensurePackaged();
  const suite = await ensureHostSuite();
  const extensions = await installed(found.host, file);
  project.provide('hostSetup', { host: found.host, extensions, suite });
  return () => rm(extensions, { recursive: true, force: true });
}
