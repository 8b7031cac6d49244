import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // tfjs-core's gradients must come from the same modules as its operations (server/method/tf.ts).
    alias: [
      { find: /^@tensorflow\/tfjs-core$/, replacement: '@tensorflow/tfjs-core/dist/index.js' },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    setupFiles: ['test/support/propertySeed.ts'],
    testTimeout: 60_000,
    server: { deps: { inline: [/@tensorflow\/tfjs-(core|backend-cpu)/] } },
  },
});
