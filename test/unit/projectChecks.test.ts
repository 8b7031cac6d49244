/** What is said of a segdec.json beyond its schema, and where. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { checkProject } from '../../server/language/features/projectFile/checks.ts';
import type { ProjectFacts } from '../../server/language/features/projectFile/checks.ts';
import { gatherFacts } from '../../server/language/features/projectFile/facts.ts';
import { placeOf, readProjectText } from '../../server/language/features/projectFile/jsonText.ts';
import type { ProjectSettings } from '../../server/runs/projectSchema.ts';
import { temporaryFolder } from '../support/temporary.ts';

function sample(image: string, more: Partial<Sample>): Sample {
  return { image, label: 'ok', split: 'train', kind: '', weak: false, ...more };
}
const mask = { kind: 'file', path: 'm.png' } as const;
const many = (count: number, name: string, more: Partial<Sample>): Sample[] =>
  Array.from({ length: count }, (_, i) => sample(`${name}${i}.png`, more));
const good = many(5, 'ok', {});
const bad = many(25, 'bad', { label: 'defective', mask });

const problems = (settings: ProjectSettings, facts: Partial<ProjectFacts> = {}) =>
  checkProject(settings, {
    ...{ fault: undefined, samples: [...good, ...bad], hasActiveRun: true, outside: [] },
    ...facts,
  }).map(({ path, severity, message }) => `${path.join('.')} ${severity}: ${message}`);

describe('segdec.json', () => {
  test('that fits its dataset has no problem', () => {
    const settings = { size: '256x320', segmented: 25, activeRun: 'x' };
    expect(problems(settings)).toEqual([]);
  });

  test.each([
    ['100x128', 'multiples of 8; 104x128'],
    ['0x0', 'multiples of 8'],
    ['64x64', 'too small'],
  ])('with size %s', (size, words) => {
    const [problem] = problems({ size });
    expect(problem).toMatch(/^size error/);
    expect(problem).toContain(words);
  });

  test('that asks for more masks than there are', () => {
    expect(problems({ segmented: 26 })[0]).toMatch(/^segmented error.*25 defective/);
    // About a share that is held out takes its masks along: each image's own name decides.
    expect(problems({ segmented: 25, validation: 0.2 })[0]).toMatch(
      /^segmented error.* (?:1[5-9]|2[0-4]) defective/,
    );
    expect(problems({ segmented: 'all', validation: 0.2 })).toEqual([]);
  });

  test('that names images without masks', () => {
    const found = problems({ segmented: ['bad1.png', 'ok1.png', 'x.png'] });
    expect(found.map((text) => text.split(' ')[0])).toEqual(['segmented.1', 'segmented.2']);
  });

  test('of a dataset with little to learn from', () => {
    expect(problems({}, { samples: [...good, ...bad.slice(0, 1)] })[0]).toMatch(
      /^dataset warning: There is only 1 defective image to/,
    );
    expect(problems({}, { samples: bad })[0]).toMatch(/^dataset error: There are no good images/);
    expect(problems({}, { samples: good })[0]).toMatch(/no defective images/);
    expect(problems({}, { samples: [] })[0]).toMatch(/no labelled images/);
    expect(problems({}, { samples: undefined })).toEqual([]);
  });

  test('whose run is gone, or that validates on nothing', () => {
    expect(problems({ activeRun: 'x' }, { hasActiveRun: false })[0]).toMatch(/^activeRun warning/);
    expect(problems({ validation: 'test' })[0]).toMatch(/^validation error/);
    expect(problems({ weights: 'best', validation: 'none' })[0]).toMatch(/^weights error/);
  });
});

describe('its text', () => {
  test('gives what can be used and leaves out what the schema refuses', () => {
    const text = '{"dataset": "x", "layout": "coco", "foo": 1, "settings": {"bar": 2}, "fold": 2}';
    expect(readProjectText(text)?.settings).toEqual({ dataset: 'x', fold: 2 });
  });

  test.each(['', '[]', '{', '{"a": 1,}', '{/* */}', '3'])('%j gives nothing', (text) => {
    expect(readProjectText(text)).toBeUndefined();
  });

  test('says where a key is', () => {
    const text = '{"segmented": ["a", "b"]}';
    const read = readProjectText(text);
    if (read === undefined) throw new Error('It was not read.');
    const at = (path: (string | number)[]): string => {
      const { start, end } = placeOf(read, path);
      return text.slice(start, end);
    };
    expect(at(['segmented', 1])).toBe('"b"');
    expect(at(['segmented'])).toBe('["a", "b"]');
    expect(at(['dataset'])).toBe('{');
  });
});

describe('what it points to', () => {
  const fault = async (folder: string, settings: ProjectSettings) =>
    (await gatherFacts(join(folder, 'segdec.json'), settings, undefined)).fault;

  test('is looked for on disk', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data', 'ok'), { recursive: true });
    await writeFile(join(folder, 'data', 'ok', 'a.png'), '');
    expect((await fault(folder, { dataset: 'gone' }))?.path).toEqual(['dataset']);
    expect(await fault(folder, { dataset: 'data' })).toBeUndefined();
    const layout = await fault(folder, { dataset: 'data', layout: 'ksdd' });
    expect(layout?.path).toEqual(['layout']);
    expect(layout?.message).toContain('leave "layout" out');
    expect((await fault(folder, { dataset: 'data', fold: 1 }))?.path).toEqual(['fold']);
    expect((await fault(folder, { dataset: 'data', class: '1' }))?.path).toEqual(['class']);
    expect((await fault(folder, { dataset: 'data', onlyClass: true }))?.path).toEqual([
      'onlyClass',
    ]);
    const facts = await gatherFacts(join(folder, 'segdec.json'), { activeRun: 'x' }, undefined);
    expect(facts.hasActiveRun).toBe(false);
  });

  test('a class that is not there is said at the class', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bottle', 'train', 'good'), { recursive: true });
    await mkdir(join(folder, 'bottle', 'ground_truth', 'dent'), { recursive: true });
    await writeFile(join(folder, 'bottle', 'train', 'good', '0.png'), '');
    await writeFile(join(folder, 'bottle', 'ground_truth', 'dent', '0_mask.png'), '');
    expect(await fault(folder, { layout: 'mvtec', class: 'bottle' })).toBeUndefined();
    expect((await fault(folder, { layout: 'mvtec', class: 'x' }))?.path).toEqual(['class']);
  });
});
