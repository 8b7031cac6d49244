/** Whole writes: what is there after every operation failed once, on a full disk, when busy. */
import { execFileSync } from 'node:child_process';
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UserError, errorText } from '../../protocol/errors.ts';
import {
  makeFolder,
  removeUnfinishedWrites,
  writeFileWhole,
} from '../../server/files/atomicWrite.ts';
import { realFileSystem } from '../../server/files/fileSystem.ts';
import type { FileSystem } from '../../server/files/fileSystem.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { systemError, untilItSucceeds } from '../support/failingFileSystem.ts';
import type { FailureCode } from '../support/failingFileSystem.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function* chunks(): AsyncGenerator<string | Uint8Array> {
  yield 'new ';
  yield new TextEncoder().encode('content ');
  yield 'in parts';
}

const CODES: readonly FailureCode[] = ['EIO', 'ENOSPC', 'EACCES'];

describe('writeFileWhole', () => {
  it('writes text, bytes and parts', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.txt');
    await writeFileWhole(path, 'text ü');
    expect(await readFile(path, 'utf8')).toBe('text ü');
    await writeFileWhole(path, Uint8Array.of(1, 2, 3));
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    await writeFileWhole(path, chunks());
    expect(await readFile(path, 'utf8')).toBe('new content in parts');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('takes a name of 255 bytes', async () => {
    const folder = await temporaryFolder();
    const name = 'n'.repeat(255);
    await writeFileWhole(join(folder, name), 'x');
    expect(await readdir(folder)).toEqual([name]);
  });

  it.skipIf(process.platform === 'win32')('keeps the permissions of the old file', async () => {
    const path = join(await temporaryFolder(), 'shared.csv');
    await writeFile(path, 'old');
    await chmod(path, 0o666);
    await writeFileWhole(path, 'new');
    expect((await stat(path)).mode & 0o777).toBe(0o666);
  });

  for (const code of CODES) {
    for (const persistent of [false, true]) {
      it(`leaves the old or the new file when any operation fails: ${code}${persistent ? ' for good' : ''}`, async () => {
        const folder = await temporaryFolder();
        const path = join(folder, 'scores.csv');
        const operations = await untilItSucceeds(
          code,
          async (fs) => {
            await writeFile(path, 'old content');
            await writeFileWhole(path, chunks(), fs);
          },
          async (error) => {
            expect(error).toBeInstanceOf(UserError);
            expect(errorText(error)).toContain(path);
            expect(errorText(error)).toContain(code);
            expect(errorText(error)).not.toContain('\n');
            expect(['old content', 'new content in parts']).toContain(await readFile(path, 'utf8'));
            expect(await readdir(folder)).toEqual(['scores.csv']);
          },
          { persistent },
        );
        expect(operations).toBeGreaterThanOrEqual(8);
      });
    }
  }

  it('passes on what the data throws, and keeps the old file', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.txt');
    await writeFile(path, 'old');
    const broken = new Error('the source broke');
    async function* data(): AsyncGenerator<string> {
      yield 'half';
      throw broken;
    }
    await expect(writeFileWhole(path, data())).rejects.toBe(broken);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('tries again when a rename is refused as busy, and gives up in the end', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.txt');
    let refusals = 3;
    const busy: FileSystem = {
      ...realFileSystem,
      busyRenameDelays: [1, 1, 1, 1],
      rename: async (from, to) => {
        refusals -= 1;
        if (refusals >= 0) throw systemError('EPERM');
        await realFileSystem.rename(from, to);
      },
    };
    await writeFileWhole(path, 'new', busy);
    expect(await readFile(path, 'utf8')).toBe('new');
    refusals = 100;
    await expect(writeFileWhole(path, 'newer', busy)).rejects.toThrow(/another program/);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('names a folder that does not exist', async () => {
    const path = join(await temporaryFolder(), 'missing', 'a.txt');
    await expect(writeFileWhole(path, 'x')).rejects.toThrow(/folder does not exist/);
    await expect(makeFolder(join(path, '\0'))).rejects.toThrow();
  });

  it('keeps the old file on a disk that is really full', async (context) => {
    const folder = await temporaryFolder();
    const mounted = mountSmallDisk(folder);
    if (!mounted) context.skip('needs the right to mount a tmpfs');
    try {
      const path = join(folder, 'checkpoint.safetensors');
      await writeFileWhole(path, new Uint8Array(200_000).fill(1));
      const large = new Uint8Array(2_000_000).fill(2);
      await expect(writeFileWhole(path, large)).rejects.toThrow(/disk is full; free some space/);
      expect((await readFile(path)).length).toBe(200_000);
      expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});

function mountSmallDisk(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('removes what killed writers left, and nothing else', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, '.segdec-0123456789abcdef.tmp'), 'half');
  await writeFile(join(folder, 'keep.tmp'), 'mine');
  expect(await removeUnfinishedWrites(folder)).toEqual(['.segdec-0123456789abcdef.tmp']);
  expect(await readdir(folder)).toEqual(['keep.tmp']);
});

describe('encodeGreyPng', () => {
  it('keeps every value in one 8-bit channel, the same bytes each time', async () => {
    const data = Uint8Array.from({ length: 16 * 16 }, (_, i) => i);
    const png = await encodeGreyPng(data, 16, 16);
    const { width, height, channels, depth } = await sharp(png).metadata();
    expect([width, height, channels, depth]).toEqual([16, 16, 1, 'uchar']);
    const back = await sharp(png).toColourspace('b-w').raw().toBuffer();
    expect([...back]).toEqual([...data]);
    expect(Buffer.compare(png, await encodeGreyPng(data, 16, 16))).toBe(0);
    await expect(encodeGreyPng(data, 16, 15)).rejects.toThrow(RangeError);
  });
});
