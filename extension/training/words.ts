/** The texts of the training view, translated; the page puts values in the place of {0} and {1}. */
import { l10n } from 'vscode';
import type { TrainingWords } from '../../protocol/webview.ts';

export function trainingWordsNow(): TrainingWords {
  return {
    starting: l10n.t('starting'),
    running: l10n.t('running'),
    finished: l10n.t('finished'),
    failed: l10n.t('failed'),
    cancelled: l10n.t('cancelled'),
    stopped: l10n.t('stopped without a word'),
    unreadable: l10n.t('cannot be read'),
    waiting: l10n.t('Waiting for the run…'),
    epoch: l10n.t('Epoch'),
    epochOf: l10n.t('{0} of {1}'),
    timeLeft: l10n.t('Time left'),
    took: l10n.t('Trained for'),
    device: l10n.t('Engine and device'),
    stepTime: l10n.t('Time per image'),
    pace: l10n.t('Pace'),
    score: l10n.t('AP on {0}'),
    best: l10n.t('Best validation AP'),
    active: l10n.t('scores shown'),
    seconds: l10n.t('{0} s'),
    minutes: l10n.t('{0} min'),
    hours: l10n.t('{0} h'),
    perImage: l10n.t('{0} ms'),
    perSecond: l10n.t('{0} images a second'),
    cancel: l10n.t('Cancel'),
    resume: l10n.t('Resume'),
    evaluate: l10n.t('Evaluate'),
    activate: l10n.t('Use for Scores'),
    openFolder: l10n.t('Open Folder'),
    restart: l10n.t('Restart Server'),
    showLog: l10n.t('Show Log'),
    messages: l10n.t('Messages'),
    warning: l10n.t('Warning'),
    error: l10n.t('Error'),
    moreMessages: l10n.t('{0} earlier messages are in the run folder.'),
    losses: l10n.t('Losses'),
    lossesText: l10n.t('Means over each epoch'),
    steps: l10n.t('This epoch'),
    stepsText: l10n.t('Epoch {0}: means over the images so far'),
    validation: l10n.t('Validation'),
    validationText: l10n.t('Average precision on {0}'),
    averagePrecision: l10n.t('Average precision'),
    total: l10n.t('Total'),
    segmentation: l10n.t('Segmentation'),
    classification: l10n.t('Classification'),
    trained: l10n.t('Images'),
    loss: l10n.t('Loss'),
    noData: l10n.t('Nothing yet: the first epoch is going on.'),
    noValidation: l10n.t('Nothing yet: the weights have not been validated.'),
    showTable: l10n.t('Show as a table'),
    hideTable: l10n.t('Hide table'),
    rows: l10n.t('Rows {0} to {1} of {2}'),
    previousRows: l10n.t('Previous rows'),
    nextRows: l10n.t('Next rows'),
    chart: l10n.t('chart'),
    chartKeys: l10n.t('Left and right read the values; Home and End go to the first and last.'),
    none: l10n.t('none'),
  };
}

/** What the view says when it cannot go on. */
export function absenceWords(): { readonly starting: string; readonly gone: string } {
  return {
    starting: l10n.t('The SegDec server is starting…'),
    gone: l10n.t('This run cannot be read any more: its folder was deleted or moved.'),
  };
}
