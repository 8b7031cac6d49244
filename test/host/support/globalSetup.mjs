/**
 * Before the tests in VS Code: brings the test host, packages the extension and bundles the suite that runs
 * inside the extension host. Where the host cannot be had, the tests hear why and skip.
 */
import { ensureHostSuite } from '../../../scripts/lib/hostSuite.mjs';
import { ensurePackaged } from '../../../scripts/lib/package/vsix.mjs';
import { ScriptError, say } from '../../../scripts/lib/paths.mjs';
import { ensureTestHost } from '../../../scripts/lib/testHost/ensure.mjs';

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

/** @param {{provide: (key: 'hostSetup', value: unknown) => void}} project */
export default async function setup(project) {
  const found = await findHost();
  if (found.host === undefined) {
    project.provide('hostSetup', found);
    return;
  }
  const { file } = await ensurePackaged();
  const suite = await ensureHostSuite();
  project.provide('hostSetup', { host: found.host, vsix: file, suite });
}
