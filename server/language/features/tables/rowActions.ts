/** Quick fixes for the rows of labels.csv. */
import { join } from 'node:path';
import { CodeActionKind } from 'vscode-languageserver';
import type {
  CancellationToken,
  CodeAction,
  CodeActionParams,
  Diagnostic,
  Range,
} from 'vscode-languageserver';
import { rangeOf } from '../places.ts';
import type { ProjectFindings } from '../problems/projectFindings.ts';
import type { Workplace } from '../../workplace.ts';
import { contextOf, fixContextOf } from './rowContext.ts';
import { fixesFor } from './rowFixes.ts';
import type { Fix, FixContext } from './rowFixes.ts';
import { headerProblem, rowProblems } from './rowProblems.ts';
import type { RowProblem } from './rowProblems.ts';
import { diagnosticOf } from './tableProblems.ts';
import type { OpenTable, Tables } from './tables.ts';

/** Rows that are looked at when a whole file is selected. */
const mostRows = 200;
/** Paths whose nearest names are searched for in one answer: each is a look at all names of the dataset. */
const mostSearches = 1;

const searchesNames = ({ code }: RowProblem): boolean =>
  code === 'missing-image' || code === 'missing-mask' || code === 'outside';
const noNames: Pick<FixContext, 'images' | 'files'> = { images: () => [], files: () => [] };

const touches = (a: Range, b: Range): boolean =>
  !(isBefore(a.end, b.start) || isBefore(b.end, a.start));
const isBefore = (a: Range['start'], b: Range['start']): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);

function actionOf(open: OpenTable, fix: Fix, diagnostic: Diagnostic): CodeAction {
  const { title, opens } = fix;
  if (opens !== undefined) {
    const about = { file: join(open.project.folder, opens.image), way: opens.way };
    const command = { title, command: 'segdec.problem.mend', arguments: [about] };
    return { title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command };
  }
  const edits = fix.edits.map(({ start, end, text }) => ({
    range: rangeOf(open.document, start, end),
    newText: text,
  }));
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    ...(fix.preferred === true ? { isPreferred: true } : {}),
    edit: { changes: { [open.uri]: edits } },
  };
}

/** The fixes of what touches a range. */
export function rowActions(
  workplace: Workplace,
  tables: Tables,
  findings: ProjectFindings,
  { textDocument, range, context: asked }: CodeActionParams,
  token: CancellationToken,
): CodeAction[] {
  const only = asked.only?.some((kind) => CodeActionKind.QuickFix.startsWith(kind)) ?? true;
  const open = tables.get(textDocument.uri);
  if (!only || open?.kind !== 'labels' || headerProblem(open.table) !== undefined) return [];
  const context = contextOf(open, findings, workplace.settings());
  const fixing = fixContextOf(open, findings, () => token.isCancellationRequested);
  const rows = open.table.rowsIn(
    open.document.offsetAt(range.start),
    open.document.offsetAt(range.end),
  );
  const byImage = open.rows();
  let searches = 0;
  const fixes = (problem: RowProblem): Fix[] => {
    if (searchesNames(problem)) searches += 1;
    const context = searches <= mostSearches ? fixing : { ...fixing, ...noNames };
    return fixesFor(open.table, problem, byImage, context);
  };
  return rows.slice(0, mostRows).flatMap((row) =>
    rowProblems(open.table, row, byImage, context).flatMap((problem) => {
      const diagnostic = diagnosticOf(open, problem);
      if (token.isCancellationRequested || !touches(diagnostic.range, range)) return [];
      return fixes(problem).map((fix) => actionOf(open, fix, diagnostic));
    }),
  );
}
