/** docs/protocol.md was looked at since the protocol changed, and leaves no message out. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { errorCodes, notices, reports, requests } from '../../protocol/messages.ts';

const run = promisify(execFile);
const page = await readFile('docs/protocol.md', 'utf8');

test('the page carries the fingerprint of protocol/ (look at it, then: npm run docs -- --protocol)', async () => {
  const program =
    "const m = await import('./scripts/lib/protocolPage.mjs'); console.log(await m.pageHash(), await m.protocolHash());";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  const [onPage, now] = stdout.trim().split(' ');
  expect(onPage).toBe(now);
});

describe('every message is on the page', () => {
  const declared = [...Object.values(requests), ...Object.values(notices)].map(
    ({ type }) => type.method,
  );
  const methods = [...declared, ...Object.values(reports).map(({ method }) => method)];

  test.each(methods)('%s', (method) => {
    expect(page).toContain(`| \`${method}\``);
  });

  test('and no other', () => {
    const rows = [...page.matchAll(/^\| `(segdec\/[^`]+)`/gm)].map(([, method = '']) => method);
    expect(rows.sort()).toEqual([...methods].sort());
  });

  test('with every key of its parameters', () => {
    for (const { type, params } of [...Object.values(requests), ...Object.values(notices)]) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${type.method}\``)) ?? '';
      const shape = (params as unknown as { shape: Readonly<Record<string, unknown>> }).shape;
      for (const key of Object.keys(shape)) {
        const name = key === 'token' ? 'token?' : key;
        expect(
          row.includes(`\`${name}\``) || row.includes(`\`${key}?\``),
          `${type.method} ${key}`,
        ).toBe(true);
      }
    }
  });

  test('and every code of an error', () => {
    for (const code of Object.values(errorCodes)) expect(page).toContain(`\`${code}\``);
  });
});
