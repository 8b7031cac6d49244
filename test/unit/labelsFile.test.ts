/** labels.csv on disk: whole or not at all whatever operation fails, one edit after another, others' changes kept. */
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import type { Cells, Column } from '../../protocol/labels/labelsEdit.ts';
import { LabelsFiles } from '../../extension/labels/labelsFile.ts';
import { ChangedSince } from '../../protocol/labels/labelsPatch.ts';
import { UnsureError, ownFiles } from '../../extension/labels/writeWhole.ts';
import type { LabelFiles } from '../../extension/labels/writeWhole.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import type { FailureCode } from '../support/failingFileSystem.ts';
import { plainEnglish } from '../support/plainEnglish.ts';
import { temporaryFolder } from '../support/temporary.ts';

const cells = (one: Partial<Record<Column, string>>): Cells =>
  new Map(Object.entries(one) as [Column, string][]);
const labelsOf = () => Promise.resolve(new Map<string, string>());
const ok = (images: readonly string[]) => ({ images, cells: cells({ label: 'ok' }), labelsOf });

const filesFor = (files: LabelFiles = ownFiles) => new LabelsFiles(files, plainEnglish);
const header = 'image,label,supervision,split,kind,reviewed,mask,note';
const codes: readonly FailureCode[] = ['EIO', 'ENOSPC', 'EACCES'];

describe.each(codes)('when any operation fails with %s', (code) => {
  test.each([
    ['a file that is there', 'image,label\r\na.png,\r\n', 'image,label\r\na.png,ok\r\n'],
    ['a new file', undefined, `${header}\na.png,ok,,,,,,\n`],
  ])('%s is old or new', async (_, before, after) => {
    const folder = await temporaryFolder();
    const file = join(folder, 'labels.csv');
    const reset = async (): Promise<void> => {
      if (before === undefined) await ownFiles.remove(file);
      else await writeFile(file, before);
    };
    await reset();
    const operations = await untilItSucceeds(
      code,
      async (fs) => {
        const done = await filesFor(fs).edit(file, ok(['a.png']));
        if (done?.unsure !== undefined) throw done.unsure;
      },
      async (error) => {
        expect(error).toBeInstanceOf(UserError);
        const { message } = error as Error;
        expect(message).toContain(file);
        expect(message).not.toContain('\n');
        const now = await readFile(file, 'utf8').catch(() => undefined);
        expect(now).toBe(error instanceof UnsureError ? after : before);
        expect(await readdir(folder)).toEqual(now === undefined ? [] : ['labels.csv']);
        await reset();
      },
    );
    expect(operations).toBeGreaterThan(7);
    expect(await readFile(file, 'utf8')).toBe(after);
  });

  test('undo of a new file leaves it or removes it', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'labels.csv');
    const make = async () => {
      const done = await filesFor().edit(file, ok(['a.png']));
      if (done === undefined) throw new Error('Nothing was written.');
      return done.inverse;
    };
    let undo = await make();
    await untilItSucceeds(
      code,
      async (fs) => {
        // A failure that was overcome took the file away.
        if ((await readdir(folder)).length === 0) undo = await make();
        const done = await filesFor(fs).apply(file, undo);
        if (done.unsure !== undefined) throw done.unsure;
      },
      async (error) => {
        expect(error).toBeInstanceOf(UserError);
        const left = await readdir(folder);
        expect(left).toEqual(error instanceof UnsureError ? [] : ['labels.csv']);
        if (left.length === 0) undo = await make();
      },
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

test('what is written is on the disk before it takes the place of the old file', async () => {
  const file = join(await temporaryFolder(), 'labels.csv');
  const did: string[] = [];
  const noting: LabelFiles = {
    ...ownFiles,
    create: async (path, mode) => {
      const made = await ownFiles.create(path, mode);
      if (path.endsWith('.lock')) return made;
      return {
        write: (bytes) => (did.push('write'), made.write(bytes)),
        sync: () => (did.push('sync'), made.sync()),
        close: () => (did.push('close'), made.close()),
      };
    },
    rename: (from, to) => (did.push('rename'), ownFiles.rename(from, to)),
    syncFolder: (path) => (did.push('sync folder'), ownFiles.syncFolder(path)),
  };
  await filesFor(noting).edit(file, ok(['a.png']));
  expect(did).toEqual(['write', 'sync', 'close', 'rename', 'sync folder']);
});

describe('one edit after another', () => {
  test('none is lost when they are asked for at once', async () => {
    const file = join(await temporaryFolder(), 'labels.csv');
    const files = filesFor();
    const images = Array.from({ length: 20 }, (_, i) => `p${i}.png`);
    await Promise.all(images.map((image) => files.edit(file, ok([image]))));
    const table = await files.read(file);
    expect([...(table?.rowOf.keys() ?? [])]).toEqual(images);
    const undone = await files.edit(file, { ...ok(images), cells: cells({ label: '' }) });
    await files.apply(file, undone?.inverse ?? fail());
    expect((await readFile(file, 'utf8')).split(',ok,').length).toBe(21);
  });

  test('one that fails does not stop the next', async () => {
    const folder = await temporaryFolder();
    const files = filesFor();
    const file = join(folder, 'labels.csv');
    await writeFile(file, 'image\n"');
    const refused = expect(files.edit(file, ok(['a']))).rejects.toThrow(
      `${file} cannot be changed: line 2: a quote that is never closed.`,
    );
    const other = files.edit(join(folder, 'other.csv'), ok(['a']));
    await refused;
    expect(await other).toBeDefined();
    expect(await readFile(file, 'utf8')).toBe('image\n"');
  });

  test('says nothing and writes nothing where all is said', async () => {
    const file = join(await temporaryFolder(), 'labels.csv');
    const files = filesFor();
    await files.edit(file, ok(['a']));
    const { ino } = await stat(file);
    expect(await files.edit(file, ok(['a']))).toBeUndefined();
    expect((await stat(file)).ino).toBe(ino);
  });
});

describe('what others write', () => {
  test('between two edits is read first', async () => {
    const file = join(await temporaryFolder(), 'labels.csv');
    const files = filesFor();
    const first = await files.edit(file, ok(['a']));
    const theirs = 'image,label,note\nb,defective,"by, hand"\na,ok,\n';
    await writeFile(file, theirs);
    await files.edit(file, ok(['c']));
    expect(await readFile(file, 'utf8')).toBe(`${theirs}c,ok,\n`);
    await expect(files.apply(file, first?.inverse ?? fail())).rejects.toThrow(ChangedSince);
    expect(await readFile(file, 'utf8')).toBe(`${theirs}c,ok,\n`);
  });

  test('between reading and renaming is not overwritten', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'labels.csv');
    await writeFile(file, 'image,label\na,\n');
    let interruptions = 1;
    const interrupted: LabelFiles = {
      ...ownFiles,
      create: async (path, mode) => {
        if (interruptions-- > 0) await writeFile(file, `image,label\na,\nx${interruptions},\n`);
        return ownFiles.create(path, mode);
      },
    };
    await filesFor(interrupted).edit(file, ok(['a']));
    expect(await readFile(file, 'utf8')).toBe('image,label\na,ok\nx0,\n');
    interruptions = 99;
    await expect(filesFor(interrupted).edit(file, ok(['b']))).rejects.toThrow('keeps writing');
    expect(await readdir(folder)).toEqual(['labels.csv']);
  });

  test.skipIf(process.platform === 'win32')('keeps who may read it', async () => {
    const file = join(await temporaryFolder(), 'labels.csv');
    await writeFile(file, 'image,label\na,\n');
    await chmod(file, 0o664);
    await filesFor().edit(file, ok(['a']));
    expect((await stat(file)).mode & 0o777).toBe(0o664);
  });
});

test('labels that cannot be known stop an edit that would need them', async () => {
  const file = join(await temporaryFolder(), 'labels.csv');
  await writeFile(file, 'image,label,split\na,ok,\n');
  const edit = {
    images: ['b'],
    cells: cells({ split: 'test' }),
    labelsOf: () => Promise.reject(new UserError('Not known.')),
  };
  await expect(filesFor().edit(file, edit)).rejects.toThrow('Not known.');
  expect(await filesFor().edit(file, { ...edit, images: ['a'] })).toBeDefined();
  expect(await readFile(file, 'utf8')).toBe('image,label,split\na,ok,test\n');
});

function fail(): never {
  throw new Error('There was no step.');
}
