/** Frames that are none: the server ends with a sentence, or answers; it never waits for ever or keeps them all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { errorText } from '../../protocol/errors.ts';
import { MessageGuard } from '../../server/language/messageGuard.ts';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Sends bytes and closes the stream. `endless`: goes on with the last portion until the server ends; `until`: waits
 * for what it says before the stream is closed.
 */
async function send(
  portions: readonly (string | Buffer)[],
  { endless = false, until }: { endless?: boolean; until?: string } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [resolve('dist/server.js'), '--stdio']);
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text.stdout += data;
    if (until !== undefined && text.stdout.includes(until)) child.stdin.end();
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => (text.stderr += data));
  // The server may be gone before all was sent.
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  for (const portion of portions) child.stdin.write(portion);
  const last = portions.at(-1) ?? '';
  const more = (): void => {
    while (child.stdin.writable && child.stdin.write(last));
    if (child.stdin.writable) child.stdin.once('drain', more);
  };
  if (endless) more();
  else if (until === undefined) child.stdin.end();
  const [code] = (await closed) as [number | null];
  return { code, ...text };
}

/** What the guard alone says of bytes; those of an endless sender are cut. */
async function fault(portions: readonly (string | Buffer)[], endless: boolean): Promise<string> {
  const guard = new MessageGuard(() => undefined);
  const last = portions.at(-1) ?? '';
  const sent = endless ? [...portions, ...Array.from({ length: 2000 }, () => last)] : portions;
  try {
    await pipeline(Readable.from(sent, { objectMode: false }), guard.resume());
    return 'nothing is wrong';
  } catch (error) {
    return errorText(error);
  }
}

const framed = (body: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body),
  ]);

type Case = readonly [
  name: string,
  portions: readonly (string | Buffer)[],
  says: RegExp,
  endless: boolean,
];

const broken: readonly [Case, ...Case[]] = [
  ['without a length', ['Content-Type: x\r\n\r\n{}'], /no Content-Length/, false],
  ['an empty header', ['\r\n\r\n{}'], /its header is none/, false],
  ['a negative length', ['Content-Length: -5\r\n\r\n{}'], /Content-Length is "-5"/, false],
  ['a huge length', ['Content-Length: 1000000000000\r\n\r\n{}'], /at most 268435456 bytes/, false],
  ['a length of many digits', [`Content-Length: ${'9'.repeat(400)}\r\n\r\n{}`], /at most/, false],
  ['a length in words', ['Content-Length: many\r\n\r\n{}'], /Content-Length is "many"/, false],
  [
    'a length with more behind it',
    ['Content-Length: 2x\r\n\r\n{}'],
    /Content-Length is "2x"/,
    false,
  ],
  ['a fraction', ['Content-Length: 2.5\r\n\r\n{}'], /Content-Length is "2.5"/, false],
  ['an empty length', ['Content-Length:\r\n\r\n{}'], /Content-Length is ""/, false],
  [
    'two lengths',
    ['Content-Length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    /more than one Content-Length/,
    false,
  ],
  ['a header that never ends', ['X: y\r\n'], /more than 8192 bytes/, true],
  ['a header without lines', ['x'.repeat(4096)], /more than 8192 bytes/, true],
  ['zero bytes', [Buffer.alloc(65_536)], /more than 8192 bytes/, true],
  ['a line without a colon', ['nonsense\r\nContent-Length: 2\r\n\r\n{}'], /"nonsense"/, false],
  ['a body that is cut', ['Content-Length: 100\r\n\r\n{}'], /inside a message/, false],
  ['a header that is cut', ['Content-Len'], /inside a message/, false],
];

test.each(broken)('%s is refused', async (_, portions, says, endless) => {
  expect(await fault(portions, endless)).toMatch(says);
});

test.each([0, 3, 10, 12, 14].map((i) => broken[i] ?? broken[0]))(
  '%s ends the server with a sentence',
  async (_, portions, says, endless) => {
    const { code, stdout, stderr } = await send(portions, { endless });
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  },
);

test('what is no message is answered, and the next one is heard', async () => {
  const bodies: (string | Buffer)[] = [
    '{"jsonrpc": "2.0", ',
    'null',
    '7',
    '[]',
    '{}',
    '{"jsonrpc":"2.0","id":5}',
    '{"jsonrpc":"2.0","id":6,"method":7}',
    Buffer.from([0x22, 0xc3, 0x22]),
    '',
    '['.repeat(100_000),
    '\0\0\0',
  ];
  const hello = {
    jsonrpc: '2.0',
    id: 99,
    method: 'initialize',
    params: { processId: null, rootUri: null, capabilities: {} },
  };
  const { code, stdout } = await send([...bodies.map(framed), framed(JSON.stringify(hello))], {
    until: 'segdec-server',
  });
  const answers = stdout
    .split(/Content-Length: \d+\r\n\r\n/)
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as { id: unknown; error?: { code: number }; result?: unknown });
  const refused = answers.filter(({ error }) => error !== undefined);
  expect(refused.map(({ error }) => error?.code)).toEqual([
    -32700, -32600, -32600, -32600, -32600, -32600, -32600, -32700, -32700, -32700, -32700,
  ]);
  expect(refused.map(({ id }) => id).filter((id) => id !== null)).toEqual([5, 6]);
  expect(answers.some(({ id, result }) => id === 99 && result !== undefined)).toBe(true);
  expect(code).toBe(1);
});

test('a message in single bytes is heard', async () => {
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { processId: null, rootUri: null, capabilities: {} },
  };
  const bytes = [...framed(JSON.stringify(hello))].map((byte) => Buffer.of(byte));
  const { stdout, stderr } = await send(bytes, { until: 'segdec-server' });
  expect(stdout).toContain('segdec-server');
  expect(stderr).toBe('');
});
