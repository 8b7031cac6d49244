/** Hovers: which text of a line is looked up, and what the card makes of hostile names. */
import { describe, expect, test } from 'vitest';
import type { ImageItem } from '../../protocol/explorer.ts';
import {
  addressOf,
  escapeMarkdown,
  factsOf,
  markdownCard,
  plainCard,
} from '../../server/language/features/hover/imageCard.ts';
import { pathsAt } from '../../server/language/features/hover/pathsInText.ts';
import { hostileNames } from '../support/hostileNames.ts';

describe('the text at a position', () => {
  const wanted = 'train/ok/1 a.png';
  test.each([
    ['JSON', '  "images": ["x.png", "train/ok/1 a.png"],'],
    ['Python', "img = read('train/ok/1 a.png', 'x')  # 'other'"],
    ['TypeScript', 'const a = `train/ok/1 a.png`;'],
    ['Markdown', 'See ![picture](train/ok/1%20a.png) and (more).'],
    ['CSV', 'x.png,train/ok/1 a.png,ok'],
    ['YAML', '  - image: train/ok/1 a.png # the first'],
    ['YAML list', '- train/ok/1 a.png'],
    ['a list of files', 'train/ok/1 a.png'],
    ['Windows', '"train\\\\ok\\\\1 a.png"'],
    ['an escaped quote before', '"a\\"b", "train/ok/1 a.png"'],
  ])('is found in %s', (_, line) => {
    const at = line.search(/train/) + 7;
    expect(pathsAt(line, at).map(({ text }) => text)).toContain(wanted);
  });

  test('has the place of the string itself', () => {
    const line = '{"image": "a.png"}';
    const found = pathsAt(line, 12).find(({ text }) => text === 'a.png');
    expect(line.slice(found?.start, found?.end)).toBe('a.png');
  });

  test('is no string that ended before', () => {
    expect(pathsAt('"a.png" + b', 10).map(({ text }) => text)).not.toContain('a.png');
  });

  test('is nothing in an empty line, and no percent sign is a fault', () => {
    expect(pathsAt('', 0)).toEqual([]);
    expect(pathsAt('"100%.png"', 3).map(({ text }) => text)).toContain('100%.png');
  });
});

const item = (image: string, more: Partial<ImageItem> = {}): ImageItem => ({
  image,
  ...{ label: 'defective', state: 'mask', split: 'train', kind: 'dent', reviewed: '', mask: true },
  ...{ score: 0.25, outcome: 'FN' },
  ...more,
});
const run = { name: 'run <1>', threshold: 0.5 };

describe('the card', () => {
  test('tells label, kind, split, supervision, score and outcome', () => {
    expect(factsOf(item('a.png'), run).join('; ')).toBe(
      'defective (dent); train; with a mask; score 0.250 of run run <1> (threshold 0.500); FN (missed)',
    );
    expect(factsOf(item('a.png', { score: null, outcome: '' }), run).join('; ')).toBe(
      'defective (dent); train; with a mask',
    );
  });

  test('shows pictures at a size where the client knows sizes', () => {
    const files = ['/cache/a.jpg'];
    const known = markdownCard('/d/a.png', item('a.png'), run, { files, width: 240 });
    expect(known).toContain('(file:///cache/a.jpg|width=240)');
    const plain = markdownCard('/d/a.png', item('a.png'), run, { files, width: undefined });
    expect(plain).toContain('(file:///cache/a.jpg)');
  });

  test.each(hostileNames(60, 7))('leaves no mark of %j to be read', (name) => {
    const text = escapeMarkdown(name);
    // What is left without the escapes is letters, digits, blanks and what no reader gives a meaning.
    expect(text.replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[!-/:-@[-`{-~\p{Cc}\p{Cf}]/u);
    expect(addressOf(`/d/${name}`)).not.toMatch(/[\s()<>|\\"`]/);
    expect(plainCard(item(name), run).split('\n')).toHaveLength(2);
    expect(plainCard(item(name), run).replace('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
