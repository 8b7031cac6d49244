/** Makes the word behind a mistake of the active run a link, in the Problems view, to what can be done about it. */
import * as vscode from 'vscode';

/** What our diagnostics call their source. */
export const diagnosticSource = 'segdec';
/** Codes of problems that whole images have. */
const mistakes = ['missed-defect', 'false-alarm'];

/** Gives mistakes of an image their link. */
export function withLinks(uri: vscode.Uri, diagnostics: vscode.Diagnostic[]): vscode.Diagnostic[] {
  for (const diagnostic of diagnostics) {
    const { code } = diagnostic;
    if (typeof code !== 'string' || !mistakes.includes(code)) continue;
    const about = encodeURIComponent(JSON.stringify([{ file: uri.fsPath, mistake: code }]));
    diagnostic.code = {
      value: code,
      target: vscode.Uri.parse(`command:segdec.problem.mend?${about}`),
    };
  }
  return diagnostics;
}
