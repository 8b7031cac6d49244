/** Tables that several programs change: no edit is lost, nothing else is touched, nobody waits for ever (docs/trust.md). */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { lockFile, lockPathOf } from '../../common/node/fileLock.ts';
import { thisProcess } from '../../common/node/processIdentity.ts';
import { UserError } from '../../protocol/errors.ts';
import { encodeColumnRuns } from '../../server/data/masks/columnRuns.ts';
import { realFileSystem } from '../../server/files/fileSystem.ts';
import { changeSharedFile } from '../../server/files/sharedFile.ts';
import { setInProjectFile } from '../../server/runs/editProjectFile.ts';
import { edits, nameOf, pixelOf } from '../support/tableEdits.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

const isLong = process.env['SEGDEC_LONG'] !== undefined;
const [processes, count] = isLong ? [10, 2000] : [3, 300];

interface Table {
  readonly path: string;
  readonly before: string;
  /** The rows that an edit leaves. */
  readonly row: (own: number, i: number) => string;
}

const tables: Readonly<Record<string, Table>> = {
  labels: {
    path: 'labels.csv',
    before:
      'image,label,"my, own",note\r\n"a ""b"".png",ok,1,"two\r\nlines"\r\n# no row of ours,,,\r\n',
    row: (own, i) => `${nameOf(own, i)},${own % 2 === 1 ? 'defective' : 'ok'},,\r\n`,
  },
  severstal: {
    path: 'train.csv',
    before: 'ImageId,ClassId,EncodedPixels,by\na.png,1,1 3 300 4,"x, y"\nb.png,3,"10 2",\xe4\n',
    row: (own, i) => `${nameOf(own, i)},3,${encodeColumnRuns(pixelOf(own, i))},\n`,
  },
  dagm: {
    path: 'Label/Labels.txt',
    before: '1\r\n1\t0\t0001.PNG\t0\t0\r\n2\t1\t0002.PNG\t0\t0002_label.PNG\r\n',
    row: (own, i) => `p${own}-${i}\t1\tp${own}-${i}.PNG\t0\tp${own}-${i}_label.PNG\r\n`,
  },
};

async function datasetWith({ path, before }: Table): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'Label'));
  await writeFile(join(folder, path), before, 'latin1');
  return folder;
}

/** The program of the processes. */
async function bundled(): Promise<string> {
  const outfile = join(await temporaryFolder(), 'edits.mjs');
  await build({
    ...{ entryPoints: [resolve('test/support/tableEdits.ts')], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', logLevel: 'error' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return pathToFileURL(outfile).href;
}

function fail(): never {
  throw new Error('There is no such edit.');
}

const contender = resolve('test/support/tableContender.mjs');

/** A process that makes edits; its text grows by a line for each that is done. */
function start(module: string, kind: string, folder: string, own: number, edits: number) {
  const args = [contender, module, kind, folder, String(own), String(edits)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { done: '', errors: '' };
  child.stdout?.on('data', (text: Buffer) => (told.done += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (told.errors += text.toString()));
  return { child, told, closed: once(child, 'close') };
}

const doneOf = ({ done }: { readonly done: string }): number => done.split('\n').length - 1;

/** Each edit that was told as done is in the table, and what was there before is untouched. */
async function assertNoneLost(
  folder: string,
  { path, before, row }: Table,
  done: ReadonlyMap<number, number>,
  mayHaveMore = false,
): Promise<void> {
  const text = await readFile(join(folder, path), 'latin1');
  expect(text.startsWith(before)).toBe(true);
  const rows = text.slice(before.length).split(/(?<=\n)/);
  const found = new Set(rows);
  expect(found.size).toBe(rows.length);
  let lost = 0;
  let sum = 0;
  for (const [own, edits] of done) {
    for (let i = 0; i < edits; i += 1) if (!found.has(row(own, i))) lost += 1;
    sum += edits;
  }
  expect(lost).toBe(0);
  if (mayHaveMore) expect(rows.length).toBeLessThanOrEqual(sum + done.size);
  else expect(rows.length).toBe(sum);
}

/** Nothing of locks or of writes is left. */
async function assertClean(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  expect(names.filter((name) => name.includes('.segdec-'))).toEqual([]);
}

test.each(Object.entries(tables))(
  `%s: ${processes} processes x ${count} edits, none lost`,
  async (kind, table) => {
    const folder = await datasetWith(table);
    const module = await bundled();
    const all = Array.from({ length: processes }, (_, own) =>
      start(module, kind, folder, own, count),
    );
    await Promise.all(all.map(({ closed }) => closed));
    expect(all.map(({ told }) => told.errors).join('')).toBe('');
    await assertNoneLost(folder, table, new Map(all.map(({ told }, own) => [own, doneOf(told)])));
    expect(all.map(({ told }) => doneOf(told))).toEqual(all.map(() => count));
    await assertClean(folder);
  },
  isLong ? 3_600_000 : 120_000,
);

test('processes that are killed at any moment lose nothing of others, and their locks are taken over', async () => {
  const table = tables['labels'] as Table;
  const folder = await datasetWith(table);
  const module = await bundled();
  const steady = start(module, 'labels', folder, 0, isLong ? 2000 : 120);
  const done = new Map<number, number>();
  for (let own = 1; own <= (isLong ? 100 : 6); own += 1) {
    const killed = start(module, 'labels', folder, own, 10_000);
    while (doneOf(killed.told) < 3 && killed.child.exitCode === null) await wait(1);
    await wait((own * 7) % 13);
    killed.child.kill('SIGKILL');
    await killed.closed;
    expect(killed.told.errors).toBe('');
    done.set(own, doneOf(killed.told));
  }
  await steady.closed;
  expect(steady.told.errors).toBe('');
  done.set(0, doneOf(steady.told));
  // A process may be killed between its write and its word.
  await assertNoneLost(folder, table, done, true);
});

test('the lock of a process that was killed with it in hand is taken over', async () => {
  const table = tables['labels'] as Table;
  const folder = await datasetWith(table);
  const killed = start(await bundled(), 'killed', folder, 0, 1);
  const [, signal] = (await killed.closed) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  const file = join(folder, table.path);
  expect(await readdir(folder)).toContain('.segdec-labels.csv.lock');
  const labels = edits['labels'] ?? fail();
  await Promise.all([0, 1].map((own) => labels(folder, own, 0)));
  await assertNoneLost(folder, table, new Map([0, 1].map((own) => [own, 1])));
  expect(await readFile(file, 'latin1')).toContain(table.before);
  await assertClean(folder);
});

describe('another program', () => {
  test('that writes in between keeps its rows, and ours are added', async () => {
    const file = join(await temporaryFolder(), 'labels.csv');
    await writeFile(file, 'image,label\n');
    let tries = 0;
    await changeSharedFile(file, (before) => {
      tries += 1;
      if (tries <= 3) writeFileSync(file, `image,label\nnew${tries}.png,ok\n`);
      return {
        bytes: Buffer.concat([before ?? Buffer.of(), Buffer.from('ours.png,ok\n')]),
        result: 1,
      };
    });
    expect(tries).toBe(4);
    expect(await readFile(file, 'utf8')).toBe('image,label\nnew3.png,ok\nours.png,ok\n');
  });

  test('that never stops is told of, with nothing written over', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'labels.csv');
    let tries = 0;
    const change = changeSharedFile(file, () => {
      tries += 1;
      writeFileSync(file, `theirs ${tries}`);
      return { bytes: Buffer.from('ours'), result: 1 };
    });
    await expect(change).rejects.toThrow(/keeps writing it; stop that one/);
    expect(await readFile(file, 'utf8')).toBe(`theirs ${tries}`);
    await assertClean(folder);
  });
});

describe('a lock file of a stranger', () => {
  const patience = { look: 20, garbage: 60, holder: 120, all: 2000 };
  const setOk = (file: string): Promise<number | undefined> =>
    changeSharedFile(
      file,
      () => ({ bytes: Buffer.from('ours'), result: 1 }),
      realFileSystem,
      patience,
    );
  const planted = async (content: string): Promise<string> => {
    const file = join(await temporaryFolder(), 'labels.csv');
    await writeFile(lockPathOf(file), content);
    return file;
  };

  test.each(['', '{"pid":', '[]', '\0'.repeat(9000), 'x'.repeat(100_000)])(
    'that says nothing (%#) does not keep us for ever',
    async (content) => {
      const file = await planted(content);
      expect(await setOk(file)).toBe(1);
      await assertClean(resolve(file, '..'));
    },
  );

  test('of a host that cannot be seen is taken over once it was the same for long', async () => {
    const self = await thisProcess();
    const content = { ...self, host: 'elsewhere', token: 'theirs', since: '2026-01-01T00:00:00Z' };
    expect(await setOk(await planted(JSON.stringify(content)))).toBe(1);
  });

  test('of a living process is respected, and named when patience is over', async () => {
    const self = await thisProcess();
    const file = join(await temporaryFolder(), 'labels.csv');
    const lock = await lockFile(file, realFileSystem);
    const error = await setOk(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(`process ${self.pid} on ${self.host}`);
    expect(String(error)).toContain(lockPathOf(file));
    expect(lock.isHeld()).toBe(true);
    await lock.release();
    expect(await setOk(file)).toBe(1);
  });

  test.each(['a link to nothing', 'a link to a file', 'a folder'])(
    '%s is told of at once, and not followed',
    async (what) => {
      const folder = await writeTree(await temporaryFolder(), { 'photo.png': 1 });
      const file = join(folder, 'labels.csv');
      const before = await readFile(join(folder, 'photo.png'));
      if (what === 'a folder') await mkdir(lockPathOf(file));
      else await symlink(what === 'a link to nothing' ? 'none' : 'photo.png', lockPathOf(file));
      await expect(setOk(file)).rejects.toThrow(/is in the place of its lock and is no file/);
      expect(await readFile(join(folder, 'photo.png'))).toEqual(before);
      expect(await readdir(folder)).not.toContain('none');
    },
  );
});

test('whoever lost the lock writes nothing before it has it again', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'labels.csv');
  await writeFile(file, '');
  let tries = 0;
  await changeSharedFile(file, (before) => {
    tries += 1;
    // Somebody took it for left over, as of a computer that slept, and has it now.
    if (tries === 1) writeFileSync(lockPathOf(file), '{}');
    return { bytes: Buffer.from(`${String(before?.length)}ours`), result: 1 };
  });
  expect(tries).toBe(2);
  expect(await readFile(file, 'utf8')).toBe('0ours');
});

test('two settings of segdec.json at once are both written', async () => {
  const folder = await writeTree(await temporaryFolder(), {
    'segdec.json': '{\n  // kept\n  "dataset": "."\n}\n',
  });
  const project = { home: folder, file: join(folder, 'segdec.json'), settings: {} };
  await Promise.all([
    setInProjectFile(project, 'activeRun', 'run'),
    setInProjectFile(project, 'class', 'Class1'),
  ]);
  const text = await readFile(project.file, 'utf8');
  for (const part of ['// kept', '"activeRun": "run"', '"class": "Class1"']) {
    expect(text).toContain(part);
  }
});
