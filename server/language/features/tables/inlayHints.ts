/** Behind each row its score and outcome in the active run. */
import { InlayHintRefreshRequest } from 'vscode-languageserver';
import type { InlayHint, InlayHintParams } from 'vscode-languageserver';
import type { ImageItem } from '../../../../protocol/explorer.ts';
import { Delayed } from '../delayed.ts';
import type { ProjectFindings } from '../problems/projectFindings.ts';
import type { Workplace } from '../../workplace.ts';
import type { OpenTable, Tables } from './tables.ts';

/** A client that asks for more than it can show gets this many. */
const mostHints = 5000;
const refreshDelay = 100;

/** The text of a hint; undefined for an image without a score. */
export function hintText(
  item: Pick<ImageItem, 'score' | 'outcome'> | undefined,
): string | undefined {
  if (item === undefined || item.score === null) return undefined;
  const score = item.score.toFixed(3);
  return item.outcome === '' ? score : `${score} ${item.outcome}`;
}

/** The hints of a range of an open table. */
export function inlayHints(open: OpenTable, { range }: InlayHintParams): InlayHint[] {
  const { document, table, project } = open;
  const rows = table.rowsIn(document.offsetAt(range.start), document.offsetAt(range.end));
  const name = project.activeRun?.name;
  if (name === undefined) return [];
  return rows.slice(0, mostHints).flatMap((row): InlayHint[] => {
    const record = table.record(row);
    const image = record && table.value(record, 'image');
    const label = image === undefined ? undefined : hintText(project.item(image));
    if (record === undefined || label === undefined) return [];
    const position = document.positionAt(record.end);
    return [{ position, label, paddingLeft: true, tooltip: `Score in run ${name}` }];
  });
}

/** Answers for hints, and has the client ask again when scores, labels or the setting changed. */
export function registerInlayHints(
  workplace: Workplace,
  tables: Tables,
  findings: ProjectFindings,
): void {
  const { connection, client } = workplace;
  const enabled = (): boolean => workplace.settings().inlayHints?.enabled !== false;
  connection.languages.inlayHint.on((params) => {
    const open = enabled() ? tables.get(params.textDocument.uri) : undefined;
    return open === undefined ? [] : inlayHints(open, params);
  });
  if (client.capabilities.workspace?.inlayHint?.refreshSupport !== true) return;
  const refresh = new Delayed<'all'>(refreshDelay, () => {
    if (tables.all().length === 0) return;
    connection.sendRequest(InlayHintRefreshRequest.type).catch((error: unknown) => {
      connection.console.warn(`The client would not ask for hints again: ${String(error)}`);
    });
  });
  findings.onChange(() => refresh.ask('all'));
  workplace.onSettings(() => refresh.ask('all'));
  workplace.onShutdown(() => refresh.dispose());
}
