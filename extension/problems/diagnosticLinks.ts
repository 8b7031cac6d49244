/** Makes the word behind a problem of an image a link, in the Problems view, to what can be done about it. */
import * as vscode from 'vscode';

/** What our diagnostics call their source. */
export const diagnosticSource = 'segdec';
/** Codes of problems of whole images that a choice mends. */
export const mendable = ['missed-defect', 'false-alarm', 'orientation'] as const;
const isMendable = (code: unknown): boolean => mendable.some((one) => one === code);

/** Gives problems of an image their link. */
export function withLinks(uri: vscode.Uri, diagnostics: vscode.Diagnostic[]): vscode.Diagnostic[] {
  for (const diagnostic of diagnostics) {
    const { code } = diagnostic;
    if (typeof code !== 'string' || !isMendable(code)) continue;
    const about = encodeURIComponent(JSON.stringify([{ file: uri.fsPath, code }]));
    diagnostic.code = {
      value: code,
      target: vscode.Uri.parse(`command:segdec.problem.mend?${about}`),
    };
  }
  return diagnostics;
}
