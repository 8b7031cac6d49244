/** A project's findings and the active run's mistakes as diagnostics of the files that they are about. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DiagnosticSeverity } from 'vscode-languageserver';
import type { Diagnostic, Range } from 'vscode-languageserver';
import type { Finding, Severity } from '../../../../protocol/dataset.ts';
import type { ImageItem } from '../../../../protocol/explorer.ts';
import { labelsFile } from '../../../data/labelsCsv.ts';

/** More than these help nobody, and each one is a file for the client to keep. */
export const mostProblems = 1000;

export const severities: Readonly<Record<Severity | 'hint', DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** A problem of a file of the dataset, or of the dataset as a whole. */
export interface FileProblem {
  /** Relative to the dataset folder; null: of the whole. */
  readonly file: string | null;
  /** Line, from 0. */
  readonly line: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  /** Other files that it is about. */
  readonly others: readonly string[];
}

const row = /^labels\.csv, line (\d+): /;

/** Duplicates are shown on each of them, all else on the first file, or on none. */
export function problemsOfFinding({ kind, severity, files, message }: Finding): FileProblem[] {
  const [first = null] = files;
  const line = first === labelsFile ? Number(row.exec(message)?.[1] ?? 1) - 1 : 0;
  const shown = kind === 'duplicate' ? files : [first];
  return shown.map((file) => ({
    ...{ file, line, severity, code: kind, message },
    others: files.filter((other) => other !== file),
  }));
}

/** Three digits, and never the threshold's own for a score that is on its other side. */
function twoNumbers(score: number, threshold: number): [string, string] {
  for (let digits = 3; digits < 8; digits += 1) {
    const texts: [string, string] = [score.toFixed(digits), threshold.toFixed(digits)];
    if (texts[0] !== texts[1] || score === threshold) return texts;
  }
  return [String(score), String(threshold)];
}

/** How a run misjudges an image, as a sentence; undefined where it does not. */
export function mistakeOf(
  { score, outcome, split }: Pick<ImageItem, 'score' | 'outcome' | 'split'>,
  run: string,
  threshold: number,
): string | undefined {
  if (score === null || (outcome !== 'FP' && outcome !== 'FN')) return undefined;
  const [is, limit] = twoNumbers(score, threshold);
  // Rows are cut at their end: what matters stands first, and the run's long name last.
  return outcome === 'FN'
    ? `Missed defect (${split}): score ${is}, below the threshold ${limit}, but labelled defective. Look at its label and mask. Run ${run}.`
    : `False alarm (${split}): score ${is}, at or above the threshold ${limit}, but labelled ok. Look at its label. Run ${run}.`;
}

/** Problems, and how many there are beyond those. */
export interface SomeProblems {
  readonly shown: readonly FileProblem[];
  readonly left: number;
}

/** Missed defects first, which are warnings; of each kind the worst first. */
export function mistakeProblems(
  items: readonly ImageItem[],
  run: string,
  threshold: number,
  most = mostProblems,
): SomeProblems {
  const wrong = items.filter(({ outcome }) => outcome === 'FP' || outcome === 'FN');
  const distance = ({ score }: ImageItem): number => Math.abs((score ?? 0) - threshold);
  const kind = ({ outcome }: ImageItem): number => (outcome === 'FN' ? 0 : 1);
  wrong.sort((a, b) => kind(a) - kind(b) || distance(b) - distance(a));
  const shown = wrong.slice(0, most).flatMap((item): FileProblem[] => {
    const message = mistakeOf(item, run, threshold);
    if (message === undefined) return [];
    const severity = item.outcome === 'FN' ? 'warning' : 'information';
    const code = item.outcome === 'FN' ? 'missed-defect' : 'false-alarm';
    return [{ file: item.image, line: 0, severity, code, message, others: [] }];
  });
  return { shown, left: wrong.length - shown.length };
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 };

/** The gravest that may be shown, and how many are not. */
export function limited({ shown, left }: SomeProblems, most = mostProblems): SomeProblems {
  if (shown.length <= most) return { shown, left };
  const sorted = [...shown].sort((a, b) => ranks[a.severity] - ranks[b.severity]);
  return { shown: sorted.slice(0, most), left: left + shown.length - most };
}

const lineRange = (line: number): Range => ({
  start: { line, character: 0 },
  end: { line, character: 0 },
});

/** Diagnostics by URI. `home`: the file that has those of the whole, and says how many more there are. */
export function projectDiagnostics(
  root: string,
  problems: SomeProblems,
  home: string,
): Map<string, Diagnostic[]> {
  const { shown, left } = limited(problems);
  const byUri = new Map<string, Diagnostic[]>();
  const add = (file: string, diagnostic: Diagnostic): void => {
    const uri = pathToFileURL(file).href;
    const list = byUri.get(uri);
    if (list === undefined) byUri.set(uri, [diagnostic]);
    else list.push(diagnostic);
  };
  for (const { file, line, severity, code, message, others } of shown) {
    const relatedInformation = others.slice(0, 20).map((other) => ({
      location: { uri: pathToFileURL(join(root, other)).href, range: lineRange(0) },
      message: other,
    }));
    add(file === null ? home : join(root, file), {
      range: lineRange(line),
      ...{ severity: severities[severity], source: 'segdec', code, message },
      ...(relatedInformation.length === 0 ? {} : { relatedInformation }),
    });
  }
  if (left > 0) {
    const message = `Problems of this dataset that are not shown: ${left.toLocaleString('en')}; segdec inspect lists all findings, the Images view all mistakes.`;
    const severity = DiagnosticSeverity.Information;
    add(home, { range: lineRange(0), severity, source: 'segdec', code: 'more', message });
  }
  return byUri;
}
