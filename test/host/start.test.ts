/** The packaged extension in a real VS Code: what is in it, its native modules, its suite. */
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInHost } from './support/extensionHost.ts';
import { newFolder } from './support/folders.ts';
import { openSession, startServer } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost, hostSetup } from './support/setup.ts';

/** Files of the extension as VS Code has unpacked it. */
async function installedFiles(extensions: string): Promise<string[]> {
  const name = (await readdir(extensions)).find((folder) => folder.startsWith('segdec.segdec-'));
  return await readdir(join(extensions, name ?? 'segdec.segdec'), { recursive: true });
}

describeInHost('the extension from its package', () => {
  let workspace: string;
  let session: Session;

  beforeAll(async () => {
    workspace = await newFolder();
    session = await openSession({ workspace });
  });
  afterAll(async () => {
    await session.close();
    await rm(workspace, { recursive: true, force: true });
  });

  test('holds the native modules of this platform alone, licences, no maps and no tests', async () => {
    const files = await installedFiles(session.server.extensions);
    const binaries = files.filter((name) => /\.node$|\.so(\.|$)|\.dylib$|\.dll$/.test(name));
    expect(binaries).toHaveLength(4);
    expect(binaries.filter((name) => !/linux\W?x64|linux\/x64/.test(name))).toEqual([]);
    expect(files).toContain('dist/ThirdPartyNotices.txt');
    expect(files.filter((name) => /\.map$|\.ts$|parity|bench|\.test\./.test(name))).toEqual([]);
  });

  test('trains a step and decodes an image with what the package carries', async () => {
    const { workbench, page } = session;
    await workbench.runCommand('SegDec: Doctor: Check This Machine');
    await workbench.notification('SegDec: everything works.', { timeout: 60_000 });
    const text = page.locator('.part.editor .view-lines');
    await text.filter({ hasText: /trained\s+one\s+step\s+on\s+the\s+CPU/ }).waitFor();
    await text.filter({ hasText: /decoded/ }).waitFor();
  });

  test('is there after a reload', async () => {
    await session.workbench.reload();
    await session.workbench.showContainer('SegDec');
    expect(session.server.extensionHosts()).toHaveLength(1);
  });
});

describeInHost('the suite inside the extension host', () => {
  test('passes', async () => {
    const server = await startServer({ extension: false });
    try {
      const { code, log } = await runInHost({
        server,
        extensionDevelopmentPath: resolve('.'),
        extensionTestsPath: hostSetup().suite,
      });
      console.log(/Activation took .*/.exec(log)?.[0] ?? log);
      expect(code, log).toBe(0);
    } finally {
      await server.stop();
    }
  });
});
