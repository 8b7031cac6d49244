/** Files that never end, or are none, cost a sentence: never a wait, never all memory. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { portionsOf, readHandle, readLimited } from '../../common/node/readLimited.ts';
import { csvRecords } from '../../server/files/csvStream.ts';
import { parseJson } from '../../server/files/readJson.ts';
import { listLines, linesOf } from '../../server/files/readLines.ts';
import { decodeSafetensors } from '../../server/files/safetensors.ts';
import { readEvents, EventLog } from '../../server/runs/eventLog.ts';
import { projectSchema } from '../../server/runs/projectSchema.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-endless-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const isPosix = process.platform !== 'win32';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Ways to read a file, each of which must refuse what is none. */
const ways: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['whole', (path) => readLimited(path, 1e6)],
  ['in portions', (path) => all(portionsOf(path, 1e6))],
  ['by lines', (path) => all(linesOf(path, 1e6))],
  ['as CSV', (path) => all(csvRecords(path, { columns: true }))],
  ['as a log of events', (path) => EventLog.open(path)],
];

test.skipIf(!isPosix).each(ways)('what is no file is refused when read %s', async (name, read) => {
  const pipe = join(folder, `pipe-${name}`);
  execFileSync('mkfifo', [pipe]);
  await expect(read(pipe)).rejects.toThrow(
    /Could not read .*pipe.*: it is a named pipe, not a file/,
  );
  await expect(read('/dev/zero')).rejects.toThrow(/it is a device, not a file/);
  const linked = join(folder, `linked-${name}`);
  await symlink('/dev/zero', linked);
  await expect(read(linked)).rejects.toThrow(/it is a device, not a file|is a link to \/dev\/zero/);
  const inner = join(folder, `folder-${name}`);
  await mkdir(inner);
  await expect(read(inner)).rejects.toThrow(/it is a folder/);
  const socket = join(folder, `s-${name.length}`);
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  await expect(read(socket)).rejects.toThrow(/it is a socket/);
  server.close();
});

test('a huge file is refused before it is read', async () => {
  const path = join(folder, 'huge');
  await writeFile(path, 'image,label\n');
  await truncate(path, 3e9);
  for (const [name, read] of ways.slice(0, 4)) {
    await expect(read(path), name).rejects.toThrow(
      /it has 3,000 MB, and at most [\d,]+ MB are read/,
    );
  }
  await expect(readEvents(path)).rejects.toThrow(/3,000 MB/);
  await expect(EventLog.open(path)).rejects.toThrow(/a line of more than 32 MB/);
});

test('a file that tells a wrong size, or grows, is read to its end and no further', async () => {
  if (process.platform === 'linux') {
    expect((await readLimited('/proc/self/status', 1e5)).toString()).toContain('Pid:');
    await expect(readLimited('/proc/self/status', 100)).rejects.toThrow(/no end/);
  }
  const path = join(folder, 'growing');
  await writeFile(path, 'a'.repeat(100));
  const handle = await open(path, 'r');
  const stat = handle.stat.bind(handle);
  handle.stat = (async () => {
    const info = await stat();
    await writeFile(path, 'a'.repeat(200_000));
    return info;
  }) as typeof stat;
  expect(await readHandle(handle, path, 1e6)).toHaveLength(200_000);
  await handle.close();
  const again = await open(path, 'r');
  await expect(readHandle(again, path, 150_000)).rejects.toThrow(/at most 150 kB are read/);
  await again.close();
  expect(await readLimited(path, 200_000)).toHaveLength(200_000);
});

test('lists: a line without an end is refused, a million short ones are not', async () => {
  const path = join(folder, 'list.txt');
  await writeFile(path, `\uFEFFa.png\r\n# no\n\n  b ü.png \n${'x'.repeat(200_000)}\nc.png`);
  await expect(all(listLines(path, 1e9))).rejects.toThrow(/list\.txt, line 5 has more than 64000/);
  await writeFile(path, `\uFEFFa.png\r\n# no\n\n  b ü.png \nc.png`);
  expect(await all(listLines(path, 1e9))).toEqual(['a.png', 'b ü.png', 'c.png']);
  await writeFile(path, 'a.png\n'.repeat(1_000_000));
  let count = 0;
  for await (const line of listLines(path, 1e9)) count += line.length > 0 ? 1 : 0;
  expect(count).toBe(1_000_000);
});

test('CSV: too many columns and endless rows are refused', async () => {
  const path = join(folder, 'table.csv');
  await writeFile(path, `image,${'x,'.repeat(1_000_000)}y\n`);
  await expect(all(csvRecords(path, { columns: true }))).rejects.toThrow(/1000002 columns/);
  await writeFile(path, `image,label\n"${'a'.repeat(65_000_000)}`);
  await expect(all(csvRecords(path, { columns: true }))).rejects.toThrow(/Max Record Size/);
});

test('JSON: nesting, a million deep, is a sentence; brackets inside strings do not count', () => {
  for (const deep of [
    '['.repeat(1e6),
    '{"a":'.repeat(1e6),
    `${'['.repeat(1e6)}${']'.repeat(1e6)}`,
  ]) {
    expect(() => parseJson(deep, 'x.json')).toThrow(/x\.json is nested deeper than 1000 levels/);
  }
  const text = JSON.stringify({ a: `\\"${'['.repeat(5000)}`, b: [[]] });
  expect(parseJson(text, 'x.json')).toEqual(JSON.parse(text));
  expect(() => parseJson('{"a": "', 'x.json')).toThrow(/x\.json is not valid JSON/);
});

test('safetensors: more tensors than any network has are refused', () => {
  const count = process.env['SEGDEC_LONG'] === undefined ? 20_000 : 1_000_000;
  const tensor = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
  const entries = Array.from({ length: count }, (_, i) => [`t${i}`, tensor] as const);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  expect(() => decodeSafetensors(Buffer.concat([head, json]))).toThrow(
    /names \d+ tensors, and at most 10000/,
  );
});

test('threads have a limit wherever they are given', () => {
  expect(projectSchema.safeParse({ threads: 1024 }).success).toBe(true);
  expect(projectSchema.safeParse({ threads: 100_000 }).success).toBe(false);
});
