/** What is said of an import and an export. */
import * as vscode from 'vscode';
import type {
  ExchangeFindings,
  MaskExportReport,
  MaskImportReport,
} from '../../protocol/maskExchange.ts';

/** What was left out, as sentences. */
function leftOut({ unmatched, refused, kept, unchanged }: MaskImportReport): string[] {
  const { l10n } = vscode;
  return [
    ...(kept > 0 ? [l10n.t('{0} have masks already.', kept)] : []),
    ...(unchanged > 0 ? [l10n.t('{0} would change nothing.', unchanged)] : []),
    ...(unmatched > 0 ? [l10n.t('{0} fit no image, or more than one.', unmatched)] : []),
    ...(refused > 0 ? [l10n.t('{0} cannot be taken.', refused)] : []),
  ];
}

export function importQuestion(trial: MaskImportReport): {
  readonly question: string;
  readonly detail: string;
} {
  const { entries, written } = trial;
  return {
    question: vscode.l10n.t('Import masks of {0} images?', written),
    detail: [vscode.l10n.t('There are {0} masks.', entries), ...leftOut(trial)].join(' '),
  };
}

export function importSentence(report: MaskImportReport): string {
  const { written, dryRun } = report;
  const done = dryRun
    ? vscode.l10n.t('SegDec: there is nothing to import.')
    : vscode.l10n.t('SegDec: masks of {0} images were imported.', written);
  return [done, ...leftOut(report)].join(' ');
}

export const exportSentence = ({ defective, images, output }: MaskExportReport): string =>
  vscode.l10n.t(
    'SegDec: masks of {0} of {1} images were exported to {2}.',
    ...[defective, images, output],
  );

/** A page of text: a finding a line. */
export function findingsText(sentence: string, { shown, total }: ExchangeFindings): string {
  const lines = shown.map(({ severity, image, message }) => {
    const what = severity === 'error' ? vscode.l10n.t('Not taken') : vscode.l10n.t('Note');
    return `${what}: ${image === null ? '' : `${image}: `}${message}`;
  });
  const more = total - shown.length;
  const rest = more > 0 ? [vscode.l10n.t('And {0} more.', more)] : [];
  return [sentence, '', ...lines, ...rest, ''].join('\n');
}
