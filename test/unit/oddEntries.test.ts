/** What lies in a dataset folder and can be no image is told and left out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openDataset } from '../../server/data/dataset.ts';
import { readFileTree } from '../../server/data/fileTree.ts';
import { imageFiles, imageInputs } from '../../server/runs/imageFiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-odd-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test.skipIf(process.platform !== 'linux')(
  'pipes, names that are no UTF-8 and links in circles are left out and told',
  async () => {
    const root = join(folder, 'data');
    for (const name of ['ok', 'ng']) {
      mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, name, 'a.png'), 'x');
    }
    execFileSync('mkfifo', [join(root, 'ok', 'pipe.png')]);
    await symlink('/dev/zero', join(root, 'ok', 'zero.png'));
    await symlink('.', join(root, 'ok', 'circle'));
    await symlink('loop.png', join(root, 'ok', 'loop.png'));
    const bad = Buffer.concat([
      Buffer.from(join(root, 'ok', 'b')),
      Buffer.of(0xff),
      Buffer.from('.png'),
    ]);
    writeFileSync(bad, 'x');
    mkdirSync(Buffer.concat([Buffer.from(join(root, 'd')), Buffer.of(0xe9)]));
    writeFileSync(join(root, 'ok', 'meant\uFFFD.png'), 'x');
    const tree = await readFileTree(root);
    expect(tree.files).toEqual(['ng/a.png', 'ok/a.png', 'ok/meant\uFFFD.png']);
    expect(tree.odd.map(({ path }) => path).sort()).toEqual([
      'd\\xe9',
      'ok/b\\xff.png',
      'ok/circle',
      'ok/loop.png',
      'ok/pipe.png',
      'ok/zero.png',
    ]);
    const { findings } = await openDataset(root);
    const told = findings.map(({ message }) => message);
    expect(told).toContain(
      'ok/pipe.png is a named pipe, not an image; put a file in its place or remove it.',
    );
    expect(told).toContain(
      '2 entries (ok/b\\xff.png, d\\xe9): each has a name that is not UTF-8 and cannot be opened by it; rename it.',
    );
    expect(told).toContain(
      'ok/zero.png is a device, not an image; put a file in its place or remove it.',
    );
    expect(told).toContain(
      'ok/loop.png is a link that leads nowhere and is left out; mend or remove it.',
    );
    const found: string[] = [];
    for await (const file of imageFiles(await imageInputs([root], folder), folder))
      found.push(file);
    expect(found.some((file) => file.endsWith('a.png'))).toBe(true);
  },
);
