/**
 * `npm run test:electron`: the suite of test/host/suite in a VS Code for the desktop, which
 * @vscode/test-electron downloads into .cache/vscode-test. It needs access to Microsoft's servers and, on Linux, a
 * display (xvfb-run). `npm test` runs the same suite in the test host instead; this script has not been run
 * where it was written, for want of the download.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureHostSuite } from './lib/hostSuite.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ScriptError, root, runScript } from './lib/paths.mjs';

/** The oldest VS Code that the extension supports. */
const version = process.argv[2] ?? '1.100.3';

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const extensionTestsPath = await ensureHostSuite();
  const { runTests } = await import('@vscode/test-electron');
  const workspace = await mkdtemp(join(tmpdir(), 'segdec-workspace-'));
  try {
    const launchArgs = [workspace, '--disable-extensions', '--disable-workspace-trust'];
    const options = { version, extensionDevelopmentPath: root, extensionTestsPath, launchArgs };
    await runTests({ ...options, cachePath: join(root, '.cache', 'vscode-test') });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScriptError(`The suite did not pass in VS Code ${version}: ${why}`, 1, error);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});
