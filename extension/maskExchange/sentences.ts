/** What is said of an import and an export. */
import * as vscode from 'vscode';
import type {
  ExchangeFindings,
  MaskExportReport,
  MaskImportReport,
} from '../../protocol/maskExchange.ts';
import { imagesText } from '../explorer/texts.ts';

/** What was left out, as sentences. */
function leftOut(
  { unmatched, refused, kept, unchanged }: MaskImportReport,
  isKeptSaid = false,
): string[] {
  const { l10n } = vscode;
  return [
    ...(kept > 0 && !isKeptSaid ? [l10n.t('With a mask already: {0}.', kept)] : []),
    ...(unchanged > 0 ? [l10n.t('Without any change: {0}.', unchanged)] : []),
    ...(unmatched > 0 ? [l10n.t('For no image, or more than one: {0}.', unmatched)] : []),
    ...(refused > 0 ? [l10n.t('Not to be taken: {0}.', refused)] : []),
  ];
}

export function importQuestion(trial: MaskImportReport): {
  readonly question: string;
  readonly detail: string;
} {
  const { entries, written, kept, labelled } = trial;
  const areAllKept = written === 0 && kept > 0;
  const { l10n } = vscode;
  const question = areAllKept
    ? l10n.t('Masks of {0} are there already.', imagesText(kept, l10n))
    : written > 0
      ? l10n.t('Import masks of {0}?', imagesText(written, l10n))
      : l10n.t('Label {0} whose masks are there already?', imagesText(labelled, l10n));
  const counted = vscode.l10n.t('Entries: {0}.', entries);
  const rows = labelled > 0 ? [vscode.l10n.t('To be labelled defective: {0}.', labelled)] : [];
  return {
    question,
    detail: [counted, ...rows, ...leftOut(trial, areAllKept)].join(' '),
  };
}

export function importSentence(report: MaskImportReport): string {
  const { written, dryRun, labelled } = report;
  const done = dryRun
    ? vscode.l10n.t('SegDec: there is nothing to import.')
    : vscode.l10n.t('SegDec: masks of {0} were imported.', ...[imagesText(written, vscode.l10n)]);
  const rows = !dryRun && labelled > 0 ? [vscode.l10n.t('Labelled defective: {0}.', labelled)] : [];
  return [done, ...rows, ...leftOut(report)].join(' ');
}

export const exportSentence = ({ defective, images, output }: MaskExportReport): string =>
  vscode.l10n.t(
    'SegDec: masks of {0} (defective: {1}) were exported to {2}.',
    ...[imagesText(images, vscode.l10n), defective, output],
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
