/** What the registry knows against our packages: the three answers, from a registry of the test's own. */
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { bundled, shippedPlaces } from '../../scripts/lib/audit.mjs';
import { temporaryFolder } from '../support/temporary.ts';

interface Asked {
  readonly path: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A registry on the loopback interface that answers the question for advisories, and knows nothing else. */
async function registry(answer: Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const bytes = Buffer.concat(parts);
      const zipped = request.headers['content-encoding'] === 'gzip';
      const body = (zipped ? gunzipSync(bytes) : bytes).toString();
      asked.push({ path: request.url ?? '', body });
      const isQuestion = request.url?.endsWith('/advisories/bulk') ?? false;
      response.writeHead(isQuestion ? answer.status : 404, { 'content-type': 'application/json' });
      response.end(isQuestion ? answer.body : '{}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** `npm run audit` on our own lock file. */
async function audit(url: string): Promise<{ code: number; said: string }> {
  const settings = { npm_config_registry: url, npm_config_cache: await temporaryFolder() };
  const proxies = { npm_config_noproxy: '127.0.0.1', NO_PROXY: '127.0.0.1' };
  const env = { ...process.env, ...settings, ...proxies };
  return await promisify(execFile)(process.execPath, ['scripts/audit.mjs'], { env }).then(
    ({ stderr }) => ({ code: 0, said: stderr }),
    (error: unknown) => {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, said: stderr };
    },
  );
}

const advisory = (id: number, severity: string, versions: string) => ({
  id,
  severity,
  vulnerable_versions: versions,
  url: `https://github.com/advisories/GHSA-${id}`,
  title: `Hole ${id}`,
});
const answerOf = (advisories: Readonly<Record<string, unknown>>): Answer => ({
  status: 200,
  body: JSON.stringify(advisories),
});

const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
  packages: Record<string, { version: string; dev?: boolean }>;
};
const versionOf = (name: string): string => packages[`node_modules/${name}`]?.version ?? '';

test('an advisory of what users get fails, with package, version and advisory; of others it is told', async () => {
  const { url, asked } = await registry(
    answerOf({
      sharp: [advisory(1, 'high', '<999'), advisory(2, 'moderate', '<999')],
      // Far below the first, and bundled though it is for development.
      'brace-expansion': [advisory(3, 'critical', '>=5')],
      '@tensorflow/tfjs-core': [advisory(4, 'high', '*')],
      eslint: [advisory(5, 'critical', '*')],
      tar: [advisory(6, 'high', '*')],
      zod: [advisory(7, 'critical', '<1.0.0')],
    }),
  );
  const { code, said } = await audit(url);
  expect(code).toBe(1);
  const [told = '', failed = ''] = said.split('Advisories of packages that users get:\n');
  for (const [name, number] of [
    ['sharp', 1],
    ['brace-expansion', 3],
    ['@tensorflow/tfjs-core', 4],
  ] as const) {
    expect(failed).toContain(`  ${name} `);
    expect(failed).toContain(`: Hole ${number}, https://github.com/advisories/GHSA-${number}\n`);
  }
  expect(failed).toContain(`  sharp ${versionOf('sharp')} (high): Hole 1`);
  expect(failed).not.toMatch(/Hole [2567]/);
  expect(told).toMatch(/sharp .* \(moderate\): Hole 2, .*\(users get it\)/);
  expect(told).toMatch(/eslint .*Hole 5, .*\(not among what users get\)/);
  expect(told).toMatch(/tar .*Hole 6, .*\(not among what users get\)/);
  // It is about versions that we do not have.
  expect(said).not.toContain('Hole 7');
  const question = JSON.parse(asked[0]?.body ?? '{}') as Record<string, string[]>;
  expect(question['sharp']).toEqual([versionOf('sharp')]);
  expect(Object.keys(question).length).toBeGreaterThan(400);
});

test('without advisories, or with those of others alone, it passes', async () => {
  const none = await registry(answerOf({}));
  expect(await audit(none.url)).toEqual({ code: 0, said: '' });
  const others = await registry(answerOf({ vitest: [advisory(8, 'critical', '*')] }));
  const { code, said } = await audit(others.url);
  expect(code).toBe(0);
  expect(said).toMatch(/^Advisories: vitest .*Hole 8.*\n$/);
});

test.each([
  ['405', { status: 405, body: '' }],
  ['503', { status: 503, body: 'busy' }],
  ['a page', { status: 200, body: '<html>' }],
])('a registry that answers with %s is said in one line', async (_, answer) => {
  const { url } = await registry(answer);
  const { code, said } = await audit(url);
  expect(code).toBe(0);
  expect(said).toMatch(
    /^Advisories: not checked, for the package registry does not answer \(.+\)\.\n$/,
  );
});

test('a registry that is not there is said in one line', async () => {
  const { code, said } = await audit('http://127.0.0.1:9/');
  expect(code).toBe(0);
  expect(said).toMatch(/^Advisories: not checked, .*\(.*ECONNREFUSED.*\)\.\n$/);
});

test('what the bundles carry counts as what users get', async () => {
  const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const imported = new Set<string>();
  for (const room of ['protocol', 'server', 'extension', 'webview-ui']) {
    const names = await readdir(room, { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts'))) {
      const text = await readFile(join(room, name), 'utf8');
      for (const [, from = ''] of text.matchAll(
        /^(?:import|export)(?! type).*? from '([^'.]+)/gm,
      )) {
        const found = Object.keys(devDependencies).find(
          (one) => from === one || from.startsWith(`${one}/`),
        );
        if (found !== undefined) imported.add(found);
      }
    }
  }
  expect([...imported]).toEqual(bundled);
  const shipped = shippedPlaces(packages);
  for (const name of ['sharp', 'onnxruntime-node', 'zod', ...bundled]) {
    expect(shipped).toContain(`node_modules/${name}`);
  }
  for (const name of ['vitest', '@tensorflow/tfjs-node-gpu']) {
    expect(shipped).not.toContain(`node_modules/${name}`);
  }
});
