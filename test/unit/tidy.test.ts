/** The house is kept: arrows of imports, pages that are made or checked, headers, links, versions. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { segdecVersion } from '../../server/runs/version.ts';

const run = promisify(execFile);
const text = (path: string): Promise<string> => readFile(path, 'utf8');

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(await text('package.json')) as Manifest;

/** Files below a folder with one of these endings, without what is built or installed. */
async function filesIn(folder: string, endings: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const code = (
  await Promise.all(
    ['protocol', 'common', 'server', 'extension', 'webview-ui', 'scripts', 'test', 'bench'].map(
      (f) => filesIn(f, ['.ts', '.mjs']),
    ),
  )
)
  .flat()
  .filter((file) => !file.endsWith('onnx_pb.ts'));

test('imports flow one way', async () => {
  const program = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
  const rooms = ['server', 'protocol', 'common', 'extension', 'webview-ui'];
  const args = [program, '--config', '.dependency-cruiser.cjs', ...rooms];
  const { stdout } = await run(process.execPath, args).catch((error: unknown) => {
    throw new Error((error as { stdout?: string }).stdout ?? String(error));
  });
  expect(stdout).toContain('no dependency violations found');
});

test('the version is the same everywhere', async () => {
  expect(segdecVersion).toBe(manifest.version);
  expect(await text('CHANGELOG.md')).toContain(`## ${manifest.version} `);
});

test('every dependency has its line, and every line a dependency', async () => {
  const page = await text('docs/dependencies.md');
  const listed = [...page.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name ?? '');
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const used = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(listed.sort()).toEqual(used.sort());
});

test('docs/cli.md is what the program says of itself (npm run docs)', async () => {
  const program =
    "const m = await import('./scripts/lib/cliPage.mjs'); console.log(await m.cliPage());";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  expect(await text('docs/cli.md')).toBe(stdout.slice(0, -1));
});

test('client and server speak through one and the same vscode-jsonrpc', async () => {
  const lock = JSON.parse(await text('package-lock.json')) as { packages: Record<string, unknown> };
  const copies = Object.keys(lock.packages).filter((path) => path.endsWith('/vscode-jsonrpc'));
  expect(copies).toEqual(['node_modules/vscode-jsonrpc']);
});

test('l10n/bundle.l10n.json has every string of the extension (npm run docs)', async () => {
  const program =
    "const m = await import('./scripts/lib/l10n.mjs'); process.stdout.write(await m.l10nBundle());";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  expect(await text('l10n/bundle.l10n.json')).toBe(stdout);
});

test('every string of the manifest that is to be translated has its text, and no text is left over', async () => {
  const wanted = [...(await text('package.json')).matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key);
  const texts = JSON.parse(await text('package.nls.json')) as Record<string, string>;
  expect(Object.keys(texts).sort()).toEqual([...new Set(wanted)].sort());
});

test('the lock file names no hosts', async () => {
  expect(await text('package-lock.json')).not.toContain('"resolved"');
});

test('the runtime is loaded in one place, which switches its reports to its maker off', async () => {
  const loads =
    /^import (?!type).*'onnxruntime-node'|(?:load|require|import)\('onnxruntime-node'\)/m;
  const loading: string[] = [];
  for (const file of code.filter((one) => one.startsWith('server'))) {
    if (loads.test(await text(file))) loading.push(file);
  }
  expect(loading).toEqual([join('server', 'engines', 'onnx', 'runtime.ts')]);
  await import('../../server/engines/onnx/runtime.ts');
  expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
});

test('no script runs by itself: .npmrc forbids those of packages, and ours before and after others', async () => {
  expect(await text('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  const names = Object.keys(manifest.scripts);
  const byItself = [
    ...names.filter((name) => /^(pre|post)(install|publish|pack)|^(install|prepare.*)$/.test(name)),
    ...names.filter(
      (name) => names.includes(name.replace(/^(pre|post)/, '')) && /^p(re|ost)/.test(name),
    ),
  ];
  expect(byItself).toEqual([]);
});

test('nothing says "1 cells": a count with its noun goes through protocol/counted.ts', async () => {
  const nouns =
    'annotations|cells|classes|entries|epochs|errors|files|findings|folds|images|masks|mistakes|notes|polygons|regions|rows|runs|shapes|threads|warnings';
  // A name is no count, and "no" stands before none.
  const raw = new RegExp(`(?<!\\bno )\\$\\{(?!name\\})[^{}]*\\} (${nouns})\\b(?!/)`, 'g');
  const spoken = code.filter((file) => !/^(test|bench|scripts)\//.test(file));
  const found = await Promise.all(
    spoken.map(async (file) =>
      [...(await text(file)).matchAll(raw)].map(([hit]) => `${file}: ${hit}`),
    ),
  );
  expect(found.flat()).toEqual([]);
});

test('no test is run again when it fails', async () => {
  const places = ['vitest.config.ts', ...code.filter((file) => /^(test|scripts)\b/.test(file))];
  const again: string[] = [];
  for (const file of places) {
    // The option of vitest, and of its command line.
    if (/\bretr[y]['"]?\s*:|--retr[y]\b/.test(await text(file))) again.push(file);
  }
  expect(again).toEqual([]);
});

describe('source files', () => {
  test('begin with what they are for', async () => {
    const bare: string[] = [];
    for (const file of code) {
      const start = (await text(file)).replace(/^#!.*\n/, '');
      if (!start.startsWith('/**')) bare.push(file);
    }
    expect(bare).toEqual([]);
  });

  test('are at most 400 lines long', async () => {
    const long: string[] = [];
    for (const file of code) {
      if ((await text(file)).split('\n').length > 401) long.push(file);
    }
    expect(long).toEqual([]);
  });
});

test('links between pages lead somewhere', async () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'server/README.md'];
  pages.push(...(await filesIn('docs', ['.md'])), ...(await filesIn('test', ['.md'])));
  const dead: string[] = [];
  for (const page of pages) {
    for (const [, target = ''] of (await text(page)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(dirname(page), target))) dead.push(`${page}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});
