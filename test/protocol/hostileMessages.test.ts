/** Random messages (docs/trust.md, row 10): each is answered, by a result or a typed error, and the server lives. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorCodes, requests } from '../../protocol/messages.ts';
import { smallDataset } from '../support/smallRun.ts';
import { startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';

const long = process.env['SEGDEC_LONG'] !== undefined;
const messages = long ? 100_000 : 10_000;
const batch = 500;

/** What JSON-RPC itself answers to malformed requests, and what we do. */
const known = new Set<number>([...Object.values(errorCodes), -32600, -32601, -32602]);

/** Requests that cannot change the world outside of the folder, whatever they are given. */
const methods = Object.values(requests).map(({ type }) => type.method);

const hostileText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '.', '..', '/', '../../etc/passwd', '\u0000', '__proto__', 'a\nb', '%2e%2e'),
);

/** Parameters as they should be but for their values, or anything at all. */
function parameters(folder: string) {
  const place = fc.oneof(
    { weight: 3, arbitrary: fc.constant(folder) },
    fc.constantFrom(
      join(folder, 'test'),
      join(folder, '.segdec', 'runs', 'x'),
      join(folder, '.segdec', 'runs'),
      join(folder, 'test', 'ok', '0004.png'),
    ),
    hostileText.map((text) => `${folder}/nowhere/${text.replaceAll('/', '-')}`),
  );
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 1, -1, 1e12, 200, 1000));
  const filter = fc.record(
    {
      text: hostileText,
      states: fc.array(fc.constantFrom('ok', 'mask', 'weak', 'nonsense')),
      reviewed: fc.boolean(),
      kinds: fc.array(hostileText),
    },
    { requiredKeys: [] },
  );
  const query = fc.record({
    groupBy: fc.constantFrom('split', 'folder', 'nonsense'),
    sortBy: fc.constantFrom('name', 'score', 'uncertainty', 'nonsense'),
    filter,
  });
  const shaped = fc.record(
    {
      project: place,
      run: place,
      // Made relative: a sample or a model must not be written wherever a random path leads.
      folder: hostileText.map((text) => `x${text}`),
      file: hostileText.map((text) => `x${text}`),
      query,
      parent: fc.option(hostileText),
      group: fc.option(fc.oneof(hostileText, fc.constantFrom('split/test', 'split/test/ok'))),
      image: hostileText,
      images: fc.oneof(fc.array(hostileText, { maxLength: 5 }), number),
      files: fc.array(place, { maxLength: 5 }),
      flat: fc.boolean(),
      offset: number,
      limit: number,
      version: fc.option(number),
      kind: fc.constantFrom('plain', 'overlay', 'nonsense'),
      side: number,
      name: hostileText,
      options: fc.record(
        { width: number, epochs: number, from: hostileText },
        { requiredKeys: [] },
      ),
      token: hostileText,
    },
    { requiredKeys: ['project', 'run', 'query'] },
  );
  return fc.oneof({ weight: 4, arbitrary: shaped }, fc.jsonValue(), fc.array(fc.jsonValue()));
}

test(`${messages} random messages are answered, each with a result or a typed error`, async () => {
  const folder = await smallDataset(await temporaryFolder());
  await mkdir(join(folder, '.segdec', 'runs', 'x'), { recursive: true });
  // Untrusted: what runs is refused before it is looked at, and 10,000 processes are not started.
  const server = await startRunClient(folder, { trusted: false });
  const one = fc.tuple(fc.constantFrom(...methods), parameters(folder));
  const counts = { results: 0, errors: 0 };
  for (let sent = 0; sent < messages; sent += batch) {
    const drawn = fc.sample(one, { numRuns: batch, seed: 4711 + sent });
    await Promise.all(
      drawn.map(async ([method, params]) => {
        try {
          await server.client.connection.sendRequest(method, params);
          counts.results += 1;
        } catch (error) {
          const { code } = error as { code: number };
          expect([...known], `${method} ${JSON.stringify(params)}: ${String(error)}`).toContain(
            code,
          );
          expect(code, `${method} ${JSON.stringify(params)}: ${String(error)}`).not.toBe(
            errorCodes.internal,
          );
          counts.errors += 1;
        }
      }),
    );
  }
  console.log(`seeds 4711 and on: ${counts.results} results, ${counts.errors} typed errors`);
  expect(counts.results + counts.errors).toBe(messages);
  expect(counts.results).toBeGreaterThan(messages / 100);
  expect(server.child.exitCode).toBeNull();
  const [project] = await server.ask(requests.projectList, {});
  expect(project).toMatchObject({ id: folder, images: 24, problem: null });
});
