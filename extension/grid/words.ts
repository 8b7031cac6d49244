/** The texts of the grid, translated; the page puts values in the place of {0} and {1}. */
import { l10n } from 'vscode';
import type { GridWords, Mark } from '../../protocol/webview.ts';
import { fileName, imagesText, outcomeName, stateName } from '../explorer/texts.ts';

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
    lost: l10n.t(
      'VS Code does not answer, and the last labels were not written: reload the window.',
    ),
    reload: l10n.t('Reload Window'),
    markOk: l10n.t('OK'),
    markDefective: l10n.t('Defective'),
    markClear: l10n.t('Remove label'),
    marked: l10n.t('{0}: {1}'),
    markedMany: l10n.t('{0} images: {1}'),
    cleared: l10n.t('{0}: label removed'),
    clearedMany: l10n.t('{0} images: labels removed'),
    ok: l10n.t('OK'),
    defective: l10n.t('Defective'),
    mask: stateName('mask', l10n),
    weak: stateName('weak', l10n),
    unlabelled: stateName('unlabelled', l10n),
    unknown: stateName('unknown', l10n),
    TP: outcomeName('TP', l10n),
    FP: outcomeName('FP', l10n),
    FN: outcomeName('FN', l10n),
    TN: outcomeName('TN', l10n),
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

/** What the step of undo is called, as the commands of the images view call it. */
export function markTitle(mark: Mark, images: readonly string[]): string {
  const [first = ''] = images;
  const which = images.length === 1 ? fileName(first) : imagesText(images.length, l10n);
  const what = {
    ok: l10n.t('Mark OK'),
    defective: l10n.t('Mark defective'),
    clear: l10n.t('Remove label'),
  };
  return `${what[mark]}: ${which}`;
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
