/** Labels that were just written are shown over the server's listing until it has caught up. */
import { describe, expect, test } from 'vitest';
import { LabelOverlay } from '../../extension/labels/labelOverlay.ts';
import { assertNameable, dayOf } from '../../extension/labels/names.ts';
import type { ImageItem } from '../../protocol/explorer.ts';
import { plainEnglish } from '../support/plainEnglish.ts';

const project = '/p';
const listed: ImageItem = {
  image: 'a.png',
  label: 'unlabelled',
  state: 'unlabelled',
  split: 'train',
  kind: '',
  reviewed: '',
  mask: true,
  score: 0.9,
  outcome: '',
};

function world() {
  const now = { time: 0, version: 1 };
  const overlay = new LabelOverlay(
    () => ({ version: now.version, threshold: 0.5 }),
    () => now.time,
  );
  return { overlay, now };
}

describe('what is shown', () => {
  test.each([
    [{ label: 'defective' }, { label: 'defective', state: 'mask', outcome: 'TP' }],
    [
      { label: 'defective', supervision: 'weak' },
      { label: 'defective', state: 'weak', outcome: 'TP' },
    ],
    [
      { label: 'ok', supervision: '' },
      { label: 'ok', state: 'ok', mask: false, outcome: 'FP' },
    ],
    [
      { split: 'test', kind: 'dent' },
      { split: 'test', kind: 'dent', outcome: '' },
    ],
    [{ split: '' }, { split: 'train' }],
    [{ reviewed: '2026-11-24' }, { reviewed: '2026-11-24' }],
  ] as const)('after %j', (change, expected) => {
    const { overlay } = world();
    overlay.change(project, ['a.png'], change);
    expect(overlay.applied(project, listed)).toMatchObject(expected);
    expect(overlay.applied('/other', listed)).toBe(listed);
  });

  test('changes add up, and a snapshot is shown again', () => {
    const { overlay } = world();
    overlay.applied(project, listed);
    overlay.change(project, ['a.png'], { label: 'ok' });
    const snapshot = overlay.snapshot(project, ['a.png', 'never seen.png']);
    overlay.change(project, ['a.png', 'never seen.png'], { label: 'defective' });
    overlay.change(project, ['a.png'], { kind: 'dent' });
    expect(overlay.applied(project, listed)).toMatchObject({ label: 'defective', kind: 'dent' });
    overlay.restore(project, snapshot);
    expect(overlay.applied(project, listed)).toMatchObject({ label: 'ok', kind: '' });
    expect(overlay.lastShown(project, 'never seen.png')).toBeUndefined();
  });
});

describe('until the server has caught up', () => {
  const written: ImageItem = { ...listed, label: 'ok', state: 'ok', mask: false, outcome: 'FP' };

  test('it stays while lists may still show the older listing', () => {
    const { overlay, now } = world();
    overlay.change(project, ['a.png'], { label: 'ok' });
    now.version = 2;
    expect(overlay.applied(project, written)).toBe(written);
    now.time = 1000;
    expect(overlay.sweep()).toBe(false);
    expect(overlay.applied(project, listed).label).toBe('ok');
    now.time = 3000;
    expect(overlay.sweep()).toBe(false);
    expect(overlay.isEmpty).toBe(true);
    expect(overlay.applied(project, listed)).toBe(listed);
  });

  test('it stays while the server is away', () => {
    const { overlay, now } = world();
    overlay.change(project, ['a.png'], { label: 'ok' });
    now.time = 1e6;
    expect(overlay.sweep()).toBe(false);
    expect(overlay.applied(project, listed).label).toBe('ok');
  });

  test('a server that still says otherwise much later is right', () => {
    const { overlay, now } = world();
    overlay.change(project, ['a.png'], { label: 'ok' });
    now.version = 2;
    now.time = 9000;
    expect(overlay.applied(project, listed).label).toBe('ok');
    expect(overlay.sweep()).toBe(false);
    now.time = 11_000;
    expect(overlay.sweep()).toBe(true);
    expect(overlay.applied(project, listed)).toBe(listed);
  });
});

describe('names', () => {
  test.each(['a.png', 'ok/ a.png', 'a,"b".png', 'a\nb.png', '..a.png', 'x/…/é.png'])(
    '%j can be written',
    (name) => {
      expect(() => assertNameable(name, plainEnglish)).not.toThrow();
    },
  );

  test.each([' a.png', 'a.png ', '..\\a.png', 'C:a.png', '/a.png', '\\a.png', ''])(
    '%j cannot be written so that it is read back, and is refused',
    (name) => {
      expect(() => assertNameable(name, plainEnglish)).toThrow('labels.csv cannot name the file');
    },
  );

  test('a review has the local day', () => {
    expect(dayOf(new Date(2026, 0, 2, 23, 59))).toBe('2026-01-02');
  });
});
