import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // tfjs-core's gradients must come from the same modules as its operations (server/method/tf.ts).
    alias: [
      { find: /^@tensorflow\/tfjs-core$/, replacement: '@tensorflow/tfjs-core/dist/index.js' },
    ],
  },
  test: {
    pool: 'forks',
    // Runs of tests are marked by a key of their own, not by the one of whoever tests.
    env: { SEGDEC_STATE: join(tmpdir(), 'segdec-test-state') },
    setupFiles: ['test/support/propertySeed.ts'],
    server: { deps: { inline: [/@tensorflow\/tfjs-(core|backend-cpu)/] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/host/**'],
          // Patience alone: a busy machine is slow, and no test is run again.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Web views in a browser, one file at a time.
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // A browser beside other work takes its time.
          testTimeout: 180_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 60_000 } },
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // A real VS Code with a browser: after all others, one file at a time.
        extends: true,
        test: {
          name: 'host',
          include: ['test/host/**/*.test.ts'],
          globalSetup: ['test/host/support/globalSetup.mjs'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
