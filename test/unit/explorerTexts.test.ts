/** What the images view says and shows: no two looks alike, sentences whole, filters there and back. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterChoices, filterOf, isTicked, tidyFilter } from '../../extension/explorer/filter.ts';
import { lookOf, looks } from '../../extension/explorer/icons.ts';
import {
  filterText,
  groupDescription,
  groupName,
  groupSentence,
  imageDescription,
  imageFacts,
  imageSentence,
  queryText,
  rangeDescription,
  rangeName,
} from '../../extension/explorer/texts.ts';
import { viewMessage } from '../../extension/explorer/viewTexts.ts';
import { supervisionStates } from '../../protocol/explorer.ts';
import type { ImageFilter, ImageItem } from '../../protocol/explorer.ts';
import { plainEnglish } from '../support/plainEnglish.ts';

const item: ImageItem = {
  image: 'test/part_1.png',
  label: 'defective',
  state: 'mask',
  split: 'test',
  kind: 'scratch',
  reviewed: '2026-11-24',
  mask: true,
  score: 0.98712,
  outcome: 'TP',
};
const bare: ImageItem = {
  ...{ image: 'a.png', label: 'unlabelled', state: 'unlabelled', split: 'train', kind: '' },
  ...{ reviewed: '', mask: false, score: null, outcome: '' },
};

describe('looks', () => {
  const all = Object.entries(looks).flatMap(([state, ofState]) =>
    Object.entries(ofState).map(([outcome, look]) => ({ state, outcome, look })),
  );

  test('no two have the same symbol', () => {
    const icons = all.map(({ look }) => look.icon);
    expect(new Set(icons).size).toBe(icons.length);
    expect(icons.length).toBe(11);
  });

  test('every symbol is in the icon font, every colour of ours in the manifest', async () => {
    const mapping = await readFile('node_modules/@vscode/codicons/dist/codicon.css', 'utf8');
    const manifest = await readFile('package.json', 'utf8');
    for (const { look } of all) {
      expect(mapping).toContain(`.codicon-${look.icon}:before`);
      if (look.color.startsWith('segdec.')) expect(manifest).toContain(`"id": "${look.color}"`);
      expect(look.badge.length).toBeLessThanOrEqual(2);
    }
  });

  test('every state and outcome has one; what cannot be looks as without a score', () => {
    for (const state of supervisionStates) {
      for (const outcome of ['TP', 'FP', 'FN', 'TN', ''] as const) {
        expect(lookOf({ state, outcome }).icon).not.toBe('');
      }
    }
    expect(lookOf({ state: 'ok', outcome: 'TP' })).toBe(looks.ok['']);
  });
});

describe('images', () => {
  test('in a line', () => {
    expect(imageDescription(item, plainEnglish)).toBe('0.987 TP · scratch · reviewed ✓');
    expect(imageDescription(bare, plainEnglish)).toBe('not labelled');
    expect(imageDescription({ ...bare, score: 0.5 }, plainEnglish)).toBe('0.500 not labelled');
  });

  test('in a sentence', () => {
    expect(imageSentence(item, plainEnglish)).toBe(
      'part_1.png: Defective, with mask, in Test, score 0.987, defect found (true positive), kind scratch, reviewed 2026-11-24.',
    );
    expect(imageSentence(bare, plainEnglish)).toBe('a.png: Not labelled, in Train.');
  });

  test('in a hover', () => {
    expect(imageFacts(item, plainEnglish).map(([name]) => name)).toEqual([
      ...['Label', 'Split', 'Kind', 'Score', 'Outcome', 'Reviewed'],
    ]);
    expect(imageFacts(bare, plainEnglish)).toEqual([
      ['Label', 'Not labelled'],
      ['Split', 'Train'],
    ]);
  });
});

describe('groups and ranges', () => {
  const group = { id: 'split/val', kind: 'split', name: 'val', images: 120, mistakes: 3 } as const;

  test('say how many and how many mistakes', () => {
    expect(groupName(group, plainEnglish)).toBe('Validation');
    expect(groupDescription(group, plainEnglish)).toBe('120 · 3 mistakes');
    expect(groupSentence(group, plainEnglish)).toBe('Validation: 120 images, 3 mistakes.');
    const one = { ...group, images: 1, mistakes: 1 };
    expect(groupSentence(one, plainEnglish)).toBe('Validation: 1 image, 1 mistake.');
    expect(groupDescription({ ...group, mistakes: 0 }, plainEnglish)).toBe('120');
  });

  test('a folder keeps its name, even if it is a word of ours', () => {
    expect(groupName({ ...group, kind: 'folder', name: 'val' }, plainEnglish)).toBe('val');
  });

  test('ranges say what lies between their ends', () => {
    const range = { offset: 500, count: 500, ends: { first: item, last: bare } };
    expect(rangeName(range)).toBe('501–1000');
    expect(rangeDescription(range, 'name')).toBe('part_1.png … a.png');
    expect(rangeDescription(range, 'score')).toBe('0.987 … –');
    expect(rangeDescription({ ends: { first: bare, last: bare } }, 'score')).toBe('a.png … a.png');
    expect(rangeDescription({ ends: undefined }, 'name')).toBe('');
  });
});

describe('filters', () => {
  const choice = fc.constantFrom(...filterChoices(['dent', 'scratch'], {}));

  test('ticks give a filter whose ticks are the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(choice), fc.constantFrom('', ' x '), (ticked, text) => {
        const filter = filterOf(ticked, text);
        const both = ticked.filter(({ part }) => part === 'reviewed').length === 2;
        for (const one of filterChoices(['dent', 'scratch'], filter)) {
          const expected =
            ticked.includes(one) ||
            ticked.some((t) => t.part === one.part && t.value === one.value);
          expect(isTicked(one, filter)).toBe(expected && !(both && one.part === 'reviewed'));
        }
        expect(tidyFilter(filter)).toEqual(filter);
      }),
    );
  });

  test('a filter that asks nothing is empty', () => {
    expect(filterOf([], ' ')).toEqual({});
    expect(tidyFilter({ states: [], kinds: [], text: '' })).toEqual({});
  });

  test('a kind that nobody uses any more can be unticked', () => {
    const values = filterChoices(['dent'], { kinds: ['gone'] }).map(({ value }) => value);
    expect(values).toContain('gone');
    expect(values).toContain('dent');
  });

  test('are said in a line', () => {
    const filter: ImageFilter = {
      states: ['weak'],
      outcomes: ['FP', 'FN'],
      reviewed: false,
      text: 'a',
    };
    expect(filterText(filter, plainEnglish)).toBe('defective · FP, FN · not reviewed · "a"');
    expect(filterText({}, plainEnglish)).toBe('');
    const query = { groupBy: 'split', sortBy: 'score', filter: {} } as const;
    expect(queryText(query, 'parts', plainEnglish)).toBe('parts · by score');
    expect(queryText({ ...query, sortBy: 'name' }, undefined, plainEnglish)).toBe('');
  });
});

describe('the message above the list', () => {
  const project = { problem: null, outside: null, reading: false, images: 10 };
  const facts = {
    ...{ project, serverAway: false, local: undefined, isFiltered: false, isEmpty: false },
  };
  const say = (part: Partial<Parameters<typeof viewMessage>[0]>) =>
    viewMessage({ ...facts, ...part }, plainEnglish);

  test('is only there where there is something to say', () => {
    expect(say({})).toBeUndefined();
    expect(say({ project: undefined, serverAway: true, isEmpty: true })).toBeUndefined();
    expect(say({ project: { ...project, images: 0 }, isEmpty: true })).toBeUndefined();
  });

  test('says how things are', () => {
    expect(say({ serverAway: true })).toContain('this is its last listing');
    expect(say({ project: { ...project, problem: 'Broken.' } })).toBe('Broken.');
    expect(say({ project: { ...project, reading: true, images: 0 } })).toBe('Reading the folder…');
    expect(say({ project: { ...project, reading: true } })).toBe('Reading changes…');
    const outside = { file: 'segdec.json', what: 'dataset', place: '/far' } as const;
    const asks = { ...project, problem: 'It lies outside.', images: 0 };
    // The welcome, which a message would hide, has the button.
    expect(say({ project: { ...asks, outside }, isEmpty: true })).toBeUndefined();
    expect(say({ project: { ...asks, outside: { ...outside, what: 'run' } } })).toBe(asks.problem);
    expect(say({ isFiltered: true, isEmpty: true })).toBe('No image meets the filter.');
    const local = { images: 2000, more: true };
    const found = say({ project: undefined, serverAway: true, local });
    expect(found).toContain('lie in the folder');
    expect(found).toContain('Only the first 2000 are listed.');
  });
});
