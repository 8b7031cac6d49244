/**
 * The frame of tests in a real VS Code: they skip, and say why, where the test host cannot be had, and they
 * leave pictures and logs of what failed in .cache/host-failures.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, inject } from 'vitest';
import type { Page } from 'playwright-core';
import type { TestHost } from '../../../scripts/lib/testHost/place.mjs';

export interface HostSetup {
  readonly host: TestHost;
  /** A folder of extensions that holds the packaged one alone. */
  readonly extensions: string;
  /** The bundled mocha entry for the extension host. */
  readonly suite: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly hostSetup: HostSetup | { readonly reason: string };
  }
}

const provided = inject('hostSetup');

/** The host and what was prepared for it; throws where there is none. */
export function hostSetup(): HostSetup {
  if ('reason' in provided) throw new Error(provided.reason);
  return provided;
}

export interface Evidence {
  readonly page: Page;
  readonly log: () => string;
}

const open = new Set<Evidence>();

/** Shows a failing test's pages and the log of its server until the returned function is called. */
export function keepEvidence(evidence: Evidence): () => void {
  open.add(evidence);
  return () => open.delete(evidence);
}

async function save(name: string): Promise<void> {
  const folder = join('.cache', 'host-failures');
  await mkdir(folder, { recursive: true });
  const base = join(folder, name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 100));
  let number = 0;
  for (const { page, log } of open) {
    number += 1;
    await writeFile(`${base}-${number}.log`, log());
    if (!page.isClosed()) await page.screenshot({ path: `${base}-${number}.png` });
  }
}

/** `describe` for tests in VS Code. */
export function describeInHost(name: string, body: () => void): void {
  const reason = 'reason' in provided ? provided.reason : undefined;
  const title = reason === undefined ? name : `${name} (skipped: ${reason})`;
  describe.skipIf(reason !== undefined)(title, () => {
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await save(`${name} ${task.name}`);
    });
    body();
  });
}
