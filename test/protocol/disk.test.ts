/** A mask that is saved on a disk that is really full (docs/trust.md, row 5): a small tmpfs, for which the test must be root. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { MaskBits } from '../../protocol/mask/bits.ts';
import { errorCodes, requests } from '../../protocol/messages.ts';
import { startLanguageClient } from '../support/languageClient.ts';
import { makeLayout, maskLayouts, pattern } from '../support/maskLayouts.ts';
import type { MaskLayout } from '../support/maskLayouts.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);
const layout = maskLayouts['folders'] as MaskLayout;

/** Mounting needs root, and a container may refuse it even then. */
async function mounted(disk: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  await mkdir(disk);
  return await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).then(
    () => true,
    () => false,
  );
}

test('a mask on a full disk is refused in a sentence, keeps the old one, and is saved when there is room', async (context) => {
  const top = await temporaryFolder();
  const disk = join(top, 'disk');
  if (!(await mounted(disk))) context.skip('no tmpfs can be mounted here');
  onTestFinished(async () => void (await run('umount', ['-l', disk])));
  const folder = await makeLayout(join(disk, 'data'), layout);
  const cache = join(top, 'cache');
  await mkdir(cache);
  const { client } = await startLanguageClient({
    folders: [folder],
    initializationOptions: { cacheFolder: cache },
  });
  await client.ready(folder);
  const { width, height, image } = layout;
  const defect = join(cache, 'stroke.bits');
  const save = async (bits: MaskBits): Promise<{ outcome: string }> => {
    await writeFile(defect, bits.bytes);
    const edit = { project: folder, image, width, height, defect, ignore: null, stamp: null };
    return await client.request(requests.maskWrite.type.method, edit);
  };
  const first = pattern(layout);
  expect(await save(first)).toMatchObject({ outcome: 'saved' });
  const mask = join(folder, layout.mask);
  const [before, names] = [
    await readFile(mask),
    (await readdir(folder, { recursive: true })).sort(),
  ];

  const filler = join(disk, 'filler');
  // To the last page.
  await expect(writeFile(filler, new Uint8Array(2 ** 21))).rejects.toThrow(/ENOSPC/);
  const second = pattern(layout);
  second.toggle(1, 0, width);
  await expect(save(second)).rejects.toMatchObject({
    code: errorCodes.badInput,
    message: expect.stringMatching(/the disk is full/) as string,
  });
  expect(await readFile(mask)).toEqual(before);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(names);

  await rm(filler);
  expect(await save(second)).toMatchObject({ outcome: 'saved' });
  expect(await readFile(mask)).not.toEqual(before);
});
