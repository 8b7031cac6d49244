/** The one way from a name in a file to a place: inside its folder, or named by the person, or refused unseen. */
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join, posix, win32 } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import {
  OutsideError,
  isSamePlace,
  leadsOut,
  namedPlace,
  resolved,
} from '../../server/data/places.ts';
import { placeInside } from '../../server/data/masks/inside.ts';
import { homeOfRun } from '../../server/runs/projectFile.ts';
import { temporaryFolder } from '../support/temporary.ts';

let top: string;
let home: string;

/** `proj` with links of all kinds, beside `project2` and `out`. */
beforeEach(async () => {
  top = await realpath(await temporaryFolder());
  home = join(top, 'proj');
  for (const folder of ['proj/data/deep', 'project2', 'out/deep']) {
    await mkdir(join(top, folder), { recursive: true });
  }
  await writeFile(join(home, 'file.txt'), 'x');
  const links: readonly (readonly [string, string])[] = [
    ['data', 'proj/inner'],
    ['../out', 'proj/link'],
    ['link', 'proj/chain'],
    ['chain/deep', 'proj/deepchain'],
    ['../out/not-yet', 'proj/dangling'],
    ['data/not-yet', 'proj/innerDangling'],
    ['..', 'proj/up'],
    ['loop', 'proj/loop'],
    ['not-there/../round', 'proj/round'],
    ['proj', 'alias'],
  ];
  for (const [target, at] of links) await symlink(target, join(top, at));
});

const named = (name: string, folder = home) =>
  ({
    file: join(home, 'segdec.json'),
    what: 'dataset',
    home: folder,
    name,
    flag: '--data',
  }) as const;

async function refusal(name: string, allowed: readonly string[] = []): Promise<unknown> {
  try {
    return await namedPlace(named(name), allowed);
  } catch (error) {
    return error;
  }
}

describe('what a file names', () => {
  const inside: readonly (readonly [string, string])[] = [
    ['.', ''],
    ['', ''],
    ['./data/', 'data'],
    ['data//deep/.', 'data/deep'],
    ['data/../data', 'data'],
    ['../proj/data', 'data'],
    ['inner', 'inner'],
    ['inner/deep', 'inner/deep'],
    ['innerDangling', 'innerDangling'],
    ['not/there/yet', 'not/there/yet'],
    ['~', '~'],
    ['~/photos', '~/photos'],
    ['$HOME', '$HOME'],
    ['..data', '..data'],
    ['...', '...'],
    ['up/proj/data', 'up/proj/data'],
    ['file:///etc', 'file:/etc'],
  ];
  test.each(inside)('%j lies inside', async (name, place) => {
    expect(await namedPlace(named(name))).toBe(join(home, place));
  });

  test('lies inside by its absolute path, and by another name of the folder', async () => {
    expect(await namedPlace(named(join(home, 'data')))).toBe(join(home, 'data'));
    expect(await namedPlace(named(join(top, 'alias/data')))).toBe(join(top, 'alias/data'));
    expect(await namedPlace(named(join(home, 'data'), join(top, 'alias')))).toBe(
      join(home, 'data'),
    );
  });

  const outside: readonly (readonly [string, string])[] = [
    ['..', ''],
    ['../', ''],
    ['../out', 'out'],
    ['../project2', 'project2'],
    ['../proj2', 'proj2'],
    ['../PROJ/../out', 'out'],
    ['data/../../out', 'out'],
    ['../out/not/there', 'out/not/there'],
    ['link', 'out'],
    ['link/', 'out'],
    ['link/deep', 'out/deep'],
    ['chain', 'out'],
    ['deepchain', 'out/deep'],
    ['inner/../link', 'out'],
    ['dangling', 'out/not-yet'],
    ['dangling/below', 'out/not-yet/below'],
    ['up', ''],
    ['up/out', 'out'],
  ];
  test.each(outside)('%j lies outside', async (name, place) => {
    const error = await refusal(name);
    expect(error).toBeInstanceOf(OutsideError);
    const refused = error as OutsideError;
    expect(refused.place).toBe(place === '' ? top : join(top, place));
    // One sentence with the file, the place and the flag.
    expect(refused.message).toContain(join(home, 'segdec.json'));
    expect(refused.message).toContain(`--data ${JSON.stringify(refused.place)}`);
    expect(refused.message).not.toContain('\n');
    // Once it is named, and only it.
    expect(await refusal(name, [refused.place])).toBe(join(home, name).replace(/\/$/, ''));
    expect(await refusal(name, [`${refused.place}/other`, join(top, 'project2/x')])).toBeInstanceOf(
      OutsideError,
    );
  });

  test.each(['/', '/etc', '//etc', '/etc/../etc/'])('%j lies outside', async (name) => {
    expect(await refusal(name)).toBeInstanceOf(OutsideError);
    expect(await refusal(name, [top])).toBeInstanceOf(OutsideError);
  });

  test.each(['a\0b', 'loop', 'loop/x', 'round', 'x'.repeat(5000), 'file.txt/x'])(
    'that is no path or leads in a circle is a sentence (%#)',
    async (name) => {
      const error = await refusal(name);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(/segdec\.json names the dataset .*\.$/);
    },
  );

  test('a place is the same by each of its names', async () => {
    expect(await isSamePlace(join(home, 'chain'), join(top, 'out'))).toBe(true);
    expect(await isSamePlace(join(home, 'data'), join(top, 'out'))).toBe(false);
    expect(await isSamePlace(join(home, 'loop'), join(top, 'out'))).toBe(false);
    expect(await resolved(join(home, 'dangling/x'))).toBe(join(top, 'out/not-yet/x'));
  });
});

test('names lead out by the rules of each system', () => {
  const cases: readonly (readonly [typeof posix, string, string, boolean])[] = [
    [posix, '/a/proj', '/a/proj', false],
    [posix, '/a/proj', '/a/proj/x', false],
    [posix, '/a/proj', '/a/project2', true],
    [posix, '/a/proj', '/a/PROJ', true],
    [posix, '/a/proj', '/a/proj/..x', false],
    [posix, '/a/proj', '/a/proj/..\\..\\x', false],
    [posix, '/', '/x', false],
    [win32, 'C:\\a\\proj', 'c:\\A\\PROJ\\x', false],
    [win32, 'C:\\a\\proj', 'C:\\a\\project2', true],
    [win32, 'C:\\a\\proj', 'D:\\a\\proj\\x', true],
    [win32, 'C:\\a\\proj', '\\\\server\\share\\x', true],
    [win32, 'C:\\a\\proj', '\\\\?\\C:\\a', true],
    [win32, 'C:\\a\\proj', 'C:/a/proj/../x', true],
    [win32, '\\\\server\\share\\proj', '\\\\server\\share\\proj\\x', false],
    [win32, '\\\\server\\share\\proj', '\\\\server\\other\\proj', true],
  ];
  for (const [system, folder, place, expected] of cases) {
    expect([folder, place, leadsOut(folder, place, system)]).toEqual([folder, place, expected]);
  }
});

test('what is written in a dataset follows no link that leads to nothing outside', async () => {
  await expect(placeInside(home, 'dangling')).rejects.toThrow('leads out of');
  await expect(placeInside(home, 'link/mask.png')).rejects.toThrow('leads out of');
  expect(await placeInside(home, 'innerDangling')).toBe(join(home, 'data/not-yet'));
});

test('a run speaks for its project, and alone for its own folder', async () => {
  const run = join(home, '.segdec/runs/x');
  const alone = join(top, 'out/.segdec-not/runs/x');
  for (const folder of [run, alone]) await mkdir(folder, { recursive: true });
  expect(await homeOfRun(run)).toBe(home);
  expect(await homeOfRun(join(top, 'alias/.segdec/runs/x'))).toBe(home);
  expect(await homeOfRun(alone)).toBe(alone);
  await writeFile(join(top, 'segdec.json'), '{}');
  expect(await homeOfRun(run)).toBe(top);
  expect(await homeOfRun(alone)).toBe(top);
});
