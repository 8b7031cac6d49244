/** The language features, put together: what they add to the server's capabilities, and who answers what. */
import { CodeActionKind } from 'vscode-languageserver';
import type { Diagnostic, ServerCapabilities } from 'vscode-languageserver';
import { plainText } from '../../../protocol/plainText.ts';
import type { Workplace } from '../workplace.ts';
import { stackOf } from '../door.ts';
import { Hovers } from './hover/hover.ts';
import { registerInspection } from './inspection.ts';
import { ProblemBoard } from './problems/board.ts';
import { ProjectFindings } from './problems/projectFindings.ts';
import { ProjectFiles } from './projectFile/projectFile.ts';
import { registerInlayHints } from './tables/inlayHints.ts';
import { rowActions } from './tables/rowActions.ts';
import { rowLinks } from './tables/rowLinks.ts';
import { TableProblems } from './tables/tableProblems.ts';
import { Tables } from './tables/tables.ts';

/** What the features add to the server's capabilities. */
export const featureCapabilities: ServerCapabilities = {
  hoverProvider: true,
  inlayHintProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  codeLensProvider: {},
  documentLinkProvider: {},
};

/** Registers all features. */
export function registerFeatures(workplace: Workplace): void {
  const { connection, documents } = workplace;
  const plain = ({ message, ...others }: Diagnostic): Diagnostic => ({
    ...others,
    message: typeof message === 'string' ? plainText(message) : message,
  });
  const board = new ProblemBoard((uri, diagnostics) =>
    connection
      .sendDiagnostics({ uri, diagnostics: diagnostics.map(plain) })
      .catch((error: unknown) => {
        connection.console.error(`Diagnostics of ${uri}: ${stackOf(error)}`);
      }),
  );
  const tables = new Tables(workplace);
  const findings = new ProjectFindings(workplace, board);
  new TableProblems(workplace, tables, board, findings);
  const projectFiles = new ProjectFiles(workplace, board);
  const hovers = new Hovers(workplace, tables);
  registerInspection(workplace, findings);
  registerInlayHints(workplace, tables, findings);
  connection.onHover((params, token) => hovers.hover(params, token));
  connection.onCodeAction((params, token) => {
    const actions = projectFiles.actions(params);
    return actions.length > 0 ? actions : rowActions(workplace, tables, findings, params, token);
  });
  connection.onDocumentLinks(({ textDocument: { uri } }) => {
    const table = tables.get(uri);
    if (table !== undefined) return rowLinks(table);
    const document = documents.get(uri);
    return document === undefined ? [] : projectFiles.links(document);
  });
}
