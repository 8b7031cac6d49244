/** What people read: no markup where none is drawn, and no "1 images". */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { counted } from '../../protocol/counted.ts';
import { plainText } from '../../protocol/plainText.ts';

const read = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const sentences = Object.keys(read('l10n/bundle.l10n.json'));
const manifest = read('package.nls.json');

/** These counts are never one. */
const neverOne = [
  'Open {0} images in editors?',
  'SegDec: {0} images are in {1}.',
  'At most {0} images at once; predict a folder, or use "segdec predict".',
  'A name of 1 to {0} characters.',
  'Image {0}, {1} by {2} pixels, with its mask',
  'Images of more than {0} pixels a side are shown, but their masks cannot be edited.',
  '{0} has {1} pixels now; edits of its mask that were not saved were painted for {2}, do not fit it, and are kept in {3}.',
  '{0} images: {1}',
  '{0} images: labels removed',
  // A rate with decimals.
  '{0} images a second',
];

test('no sentence of the extension has backticks, which would be shown as they are', () => {
  expect(sentences.filter((sentence) => sentence.includes('`'))).toEqual([]);
});

test('nor has a title or description of the manifest but those of settings', () => {
  const raw = Object.entries(manifest).filter(
    // Settings are described in Markdown.
    ([name, text]) => text.includes('`') && !name.startsWith('setting.'),
  );
  expect(raw).toEqual([]);
});

test('a counted noun has its singular beside it', () => {
  const verbs = /\{\d\} (is|has|was|lies|names)\b/;
  const plurals = sentences.filter((text) => /\{\d\} [a-z]+s\b/.test(text) && !verbs.test(text));
  const anyPlaces = (text: string): string => text.replaceAll(/\{\d\}/g, '{}');
  const known = new Set(sentences.map(anyPlaces));
  const wrong = plurals.filter((text) => {
    const one = anyPlaces(text.replace(/\{\d\} ([a-z]+)s\b/, '1 $1'));
    return !known.has(one) && text !== '{0} ms' && !neverOne.includes(text);
  });
  expect(wrong).toEqual([]);
  expect(neverOne.filter((text) => !sentences.includes(text))).toEqual([]);
});

test.each([
  [1, 'cell', undefined, '1 cell'],
  [0, 'cell', undefined, '0 cells'],
  [2, 'class', 'classes', '2 classes'],
  [1, 'entry was', 'entries were', '1 entry was'],
])('%d %s', (count, noun, nouns, expected) => {
  expect(counted(count, noun, nouns)).toBe(expected);
});

describe('a sentence made for a terminal', () => {
  test.each([
    ['continue it with `segdec resume`.', 'continue it with "segdec resume".'],
    ['`a` and `b c`', '"a" and "b c"'],
    ['one ` alone', 'one ` alone'],
    ['over ` a line\nand ` on', 'over ` a line\nand ` on'],
    ['nothing', 'nothing'],
  ])('%j', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
});
