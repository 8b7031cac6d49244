/** Images of equal names show as much of their path as tells them apart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inRow } from '../../extension/explorer/texts.ts';
import { distinctEnds } from '../../server/language/project/distinctNames.ts';

const ends = async (images: readonly string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await distinctEnds(images));

describe('images of equal names', () => {
  test.each([
    [['a.png', 'b.png', 'x/c.png'], {}],
    [
      ['test/good/000.png', 'test/scratch/000.png', 'test/scratch/001.png'],
      { 'test/good/000.png': 'good/000.png', 'test/scratch/000.png': 'scratch/000.png' },
    ],
    [
      ['train/good/0.png', 'test/good/0.png', 'test/cut/0.png'],
      {
        'train/good/0.png': 'train/good/0.png',
        'test/good/0.png': 'test/good/0.png',
        'test/cut/0.png': 'cut/0.png',
      },
    ],
    [['0.png', 'a/0.png'], { '0.png': '0.png', 'a/0.png': 'a/0.png' }],
    [
      ['a/0.png', 'b/a/0.png', 'c/b/a/0.png'],
      { 'a/0.png': 'a/0.png', 'b/a/0.png': 'b/a/0.png', 'c/b/a/0.png': 'c/b/a/0.png' },
    ],
  ])('%j', async (images, expected) => {
    expect(await ends(images)).toEqual(expected);
  });

  test('each is named by the end of its path, no two alike, and none without need', async () => {
    const part = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 40 }), async (images) => {
        const found = await distinctEnds(images);
        const nameOf = (image: string): string => image.slice(image.lastIndexOf('/') + 1);
        const shown = images.map((image) => found.get(image) ?? nameOf(image));
        expect(new Set(shown).size).toBe(images.length);
        images.forEach((image, i) => {
          const name = shown[i] ?? '';
          expect(image === name || image.endsWith(`/${name}`)).toBe(true);
          const isAlone = images.filter((other) => nameOf(other) === nameOf(image)).length === 1;
          expect(found.has(image)).toBe(!isAlone);
        });
      }),
      { seed: 20261128, numRuns: 300 },
    );
  });
});

describe('a name in a row', () => {
  test.each(['a.png', 'scratch/000.png', 'x'.repeat(26)])('%s stays whole', (name) => {
    expect(inRow(name)).toBe(name);
  });

  test.each([
    ['line3_2026-11-28T07-12-44_camera2_0001.png', 'line3_2026-1…era2_0001.png'],
    [`${'😀'.repeat(40)}.png`, `${'😀'.repeat(12)}…${'😀'.repeat(9)}.png`],
  ])('%s keeps its start and end', (name, expected) => {
    expect(inRow(name)).toBe(expected);
    expect(Array.from(inRow(name))).toHaveLength(26);
  });
});
