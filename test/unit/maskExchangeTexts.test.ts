/** What is asked and said of an import of masks. */
import { describe, expect, test, vi } from 'vitest';
import { importQuestion, importSentence } from '../../extension/maskExchange/sentences.ts';
import type { MaskImportReport } from '../../protocol/maskExchange.ts';

vi.mock('vscode', async () => {
  const { plainEnglish } = await import('../support/plainEnglish.ts');
  return { l10n: plainEnglish };
});

const report = (counts: Partial<MaskImportReport>): MaskImportReport => ({
  ...{ format: 'png', dryRun: false, entries: 0, unmatched: 0, refused: 0 },
  ...{ written: 0, kept: 0, unchanged: 0, lost: 0, labelled: 0, findings: { total: 0, shown: [] } },
  ...counts,
});

describe('an import', () => {
  test('is asked about with the numbers of a trial, labels too', () => {
    const trial = report({ entries: 5, written: 3, kept: 1, unmatched: 1, labelled: 2 });
    expect(importQuestion(trial)).toEqual({
      question: 'Import masks of 3 images?',
      detail:
        'Entries: 5. To be labelled defective: 2. With a mask already: 1. For no image, or more than one: 1.',
    });
  });

  test('of masks that are all there asks what becomes of them', () => {
    expect(importQuestion(report({ entries: 4, kept: 4 }))).toEqual({
      question: 'Masks of 4 images are there already.',
      detail: 'Entries: 4.',
    });
    expect(importQuestion(report({ entries: 4, unchanged: 4, labelled: 2 })).question).toBe(
      'Label 2 images whose masks are there already?',
    );
  });

  test('says what it did', () => {
    expect(importSentence(report({ entries: 3, written: 3, labelled: 2 }))).toBe(
      'SegDec: masks of 3 images were imported. Labelled defective: 2.',
    );
    expect(importSentence(report({ dryRun: true, entries: 1, unmatched: 1 }))).toBe(
      'SegDec: there is nothing to import. For no image, or more than one: 1.',
    );
  });
});
