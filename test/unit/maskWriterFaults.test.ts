/** Every writer of masks while its n-th file operation fails: each file is the old or the new one, and nothing else is left. */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { ignorePlace } from '../../server/data/masks/place.ts';
import { writeMask } from '../support/writeMask.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import type { FailureCode } from '../support/failingFileSystem.ts';
import { makeLayout, maskLayouts, pattern, placeOf } from '../support/maskLayouts.ts';
import type { MaskLayout } from '../support/maskLayouts.ts';
import { temporaryFolder } from '../support/temporary.ts';

type Files = ReadonlyMap<string, string>;

/** All files of a folder, byte for byte. */
async function filesOf(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  const read = files.map(async (file) => [file, await readFile(file, 'latin1')] as const);
  return new Map(await Promise.all(read));
}

async function restore(folder: string, files: Files): Promise<void> {
  for (const file of (await filesOf(folder)).keys()) if (!files.has(file)) await rm(file);
  for (const [file, bytes] of files) await writeFile(file, bytes, 'latin1');
}

const codes: readonly FailureCode[] = ['EIO', 'ENOSPC', 'EACCES'];
const steps = ['first', 'over another', 'cleared'] as const;
const ignored: readonly [string, MaskLayout] = [
  'ignore mask',
  { ...(maskLayouts['folders'] as MaskLayout), mask: 'ignore' },
];

describe.each([...Object.entries(maskLayouts), ignored])('%s', (_, layout) => {
  test.each(codes.flatMap((code) => steps.map((step) => [step, code] as const)))(
    '%s: old or new when any operation fails with %s',
    async (step, code) => {
      const folder = await makeLayout(await temporaryFolder(), layout);
      const place =
        layout.mask === 'ignore' ? ignorePlace(layout.image) : await placeOf(folder, layout);
      const wanted =
        step === 'cleared' ? new MaskBits(layout.width, layout.height) : pattern(layout);
      if (step !== 'first') {
        const other = pattern(layout);
        other.toggle(1, 0, layout.width);
        await writeMask(folder, place, other);
      }
      const before = await filesOf(folder);
      await writeMask(folder, place, wanted);
      const after = await filesOf(folder);
      expect(after).not.toEqual(before);
      await restore(folder, before);
      const operations = await untilItSucceeds(
        code,
        (fs) => writeMask(folder, place, wanted, fs),
        async (error) => {
          expect(error).toBeInstanceOf(UserError);
          expect((error as Error).message).toContain(folder);
          expect((error as Error).message).not.toContain('\n');
          for (const [file, bytes] of await filesOf(folder)) {
            expect([before.get(file), after.get(file)]).toContain(bytes);
          }
          const now = await filesOf(folder);
          // A file of both versions is never away.
          for (const file of before.keys()) if (after.has(file)) expect(now.has(file)).toBe(true);
          await restore(folder, before);
        },
      );
      expect(operations).toBeGreaterThan(0);
      expect(await filesOf(folder)).toEqual(after);
    },
  );
});
