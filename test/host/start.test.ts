/** The packaged extension in a real VS Code: it installs, its commands are there and work, its suite passes. */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInHost } from './support/extensionHost.ts';
import { openSession, startServer } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost, hostSetup } from './support/setup.ts';
import { newFolder } from './support/folders.ts';

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

  test('has its commands in the palette', async () => {
    expect(await session.workbench.commandsOffered('SegDec')).toContain(
      'SegDec: Doctor: Check This Machine',
    );
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
      expect(code, log).toBe(0);
    } finally {
      await server.stop();
    }
  });
});
