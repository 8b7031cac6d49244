/**
 * What esbuild makes of the sources: programs for Node (ES modules with shared chunks, so that
 * `segdec --help` loads no runtime), the extension (CommonJS, as extension hosts want it), and the web
 * views. Gives the files instead of writing them: the build and the package place them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptError, root } from './paths.mjs';

/** Programs that users get: bundle → source. */
export const shippedPrograms = {
  cli: 'server/cli/main.ts',
  command: 'server/cli/command.ts',
  server: 'server/language/main.ts',
  runProcess: 'server/runs/process.ts',
  inferenceProcess: 'server/runs/inferenceProcess.ts',
  processGuard: 'server/runs/processGuard.ts',
  decodeWorker: 'server/data/images/decodeWorker.ts',
};

/** Programs of a checkout alone. */
export const ownPrograms = {
  parity: 'test/parity/parity.ts',
  bench: 'bench/bench.ts',
  maskBench: 'bench/masks.ts',
};

/** Pages of the web views: bundle → source. Each becomes a script, and a style sheet where it imports one. */
export const webviews = {
  grid: 'webview-ui/grid/main.ts',
  training: 'webview-ui/training/main.ts',
  maskEditor: 'webview-ui/maskEditor/main.ts',
};

/** Native modules stay outside of bundles, and so does the bundler, which only programs run from source call. */
const outside = ['onnxruntime-node', 'sharp', '@tensorflow/tfjs-node-gpu', 'esbuild'];

/** @typedef {{files: import('esbuild').OutputFile[], sources: string[]}} Bundles with the sources, absolute, that something of is in the files */

/** @param {import('esbuild').BuildOptions} options @returns {Promise<Bundles>} */
async function bundled(options) {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    write: false,
    metafile: true,
    bundle: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    ...options,
  }).catch((/** @type {unknown} */ error) => {
    // esbuild has printed what and where.
    throw new ScriptError('The build failed (see above).', 1, error);
  });
  const used = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const sources = [...new Set(used.map(([source]) => join(root, source)))];
  return { files: outputFiles ?? [], sources };
}

/** @param {Record<string, string>} entries */
const present = (entries) =>
  Object.fromEntries(
    Object.entries(entries).filter(([, source]) => existsSync(join(root, source))),
  );

/** The programs for Node. @param {Record<string, string>} programs @param {string} outdir absolute */
export function bundlePrograms(programs, outdir) {
  return bundled({
    entryPoints: present(programs),
    outdir,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // tfjs-core's gradients and operations must come from the same ES modules (server/method/tf.ts).
    mainFields: ['module', 'main'],
    external: outside,
    // Packages that were CommonJS still call require.
    banner: {
      js: "import{createRequire as segdecRequire}from'node:module';const require=segdecRequire(import.meta.url);",
    },
  });
}

/** The extension. @param {string} outdir absolute */
export function bundleExtension(outdir) {
  return bundled({
    entryPoints: present({ extension: 'extension/main.ts' }),
    outdir,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20.19',
    external: ['vscode'],
    // Less to read and parse when VS Code activates it.
    minify: true,
  });
}

/** The pages of the web views. @param {string} outdir absolute */
export function bundleWebviews(outdir) {
  return bundled({
    entryPoints: present(webviews),
    outdir,
    format: 'iife',
    platform: 'browser',
    target: 'chrome122',
    loader: { '.ttf': 'file', '.svg': 'text' },
    assetNames: '[name]',
  });
}
