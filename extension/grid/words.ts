/** The texts of the grid, translated; the page puts values in the place of {0} and {1}. */
import { l10n } from 'vscode';
import type { GridWords, Mark } from '../../protocol/webview.ts';

export function gridWordsNow(): GridWords {
  return {
    list: l10n.t('Images'),
    keys: l10n.t('1: OK, 2: defective, 0: remove label, Space: large view, Enter: open'),
    oneImage: l10n.t('1 image'),
    images: l10n.t('{0} images'),
    selected: l10n.t('{0} selected of {1}'),
    progress: l10n.t('{0} of {1} labelled'),
    threshold: l10n.t('Threshold {0}'),
    bars: l10n.t('Grid tools'),
    size: l10n.t('Size of thumbnails'),
    heatMap: l10n.t('Heat map'),
    heatMapNone: l10n.t('There is no heat map before a run has scored the images.'),
    advance: l10n.t('Advance after marking'),
    search: l10n.t('Filter by name'),
    clearSearch: l10n.t('Clear filter by name'),
    restart: l10n.t('Restart Server'),
    showLog: l10n.t('Show Log'),
    markOk: l10n.t('OK'),
    markDefective: l10n.t('Defective'),
    markClear: l10n.t('Remove label'),
    marked: l10n.t('{0}: {1}'),
    markedMany: l10n.t('{0} images: {1}'),
    cleared: l10n.t('{0}: label removed'),
    clearedMany: l10n.t('{0} images: labels removed'),
    ok: l10n.t('OK'),
    mask: l10n.t('Defective, mask'),
    weak: l10n.t('Defective'),
    unlabelled: l10n.t('No label'),
    unknown: l10n.t('Reading mask'),
    TP: l10n.t('true positive: a defect that was found'),
    FP: l10n.t('false positive: a good image called defective'),
    FN: l10n.t('false negative: a defect that was missed'),
    TN: l10n.t('true negative: a good image that was passed'),
    score: l10n.t('Score {0}'),
    noScore: l10n.t('no score'),
    unreadable: l10n.t('Cannot be read'),
    loading: l10n.t('Loading'),
    emptyFolder: l10n.t('There are no images here.'),
    emptyFilter: l10n.t('No image meets the filter.'),
    reading: l10n.t('Reading the folder…'),
    moment: l10n.t('One moment…'),
    large: l10n.t('Large view'),
    position: l10n.t('{0} of {1}'),
    previous: l10n.t('Previous image'),
    next: l10n.t('Next image'),
    close: l10n.t('Close'),
    open: l10n.t('Open in an editor'),
    reveal: l10n.t('Show in the tree'),
    largeKeys: l10n.t(
      'Left and right: other images, 1: OK, 2: defective, 0: remove label, H: heat map, Escape: close',
    ),
  };
}

/** What the step of undo is called. */
export function markTitle(mark: Mark, images: readonly string[]): string {
  const [only] = images;
  const one = images.length === 1 && only !== undefined;
  const name = one ? (only.split('/').at(-1) ?? only) : '';
  const many = String(images.length);
  switch (mark) {
    case 'ok':
      return one ? l10n.t('Mark {0} OK', name) : l10n.t('Mark {0} images OK', many);
    case 'defective':
      return one ? l10n.t('Mark {0} defective', name) : l10n.t('Mark {0} images defective', many);
    case 'clear':
      return one
        ? l10n.t('Remove label of {0}', name)
        : l10n.t('Remove labels of {0} images', many);
  }
}

/** What the grid says when it cannot show a project. */
export function absenceWords(): {
  readonly starting: string;
  readonly waiting: string;
  readonly gone: string;
} {
  return {
    starting: l10n.t('The SegDec server is starting…'),
    waiting: l10n.t('Waiting for the folder to be opened…'),
    gone: l10n.t('The folder that this grid showed is not open here any more.'),
  };
}
