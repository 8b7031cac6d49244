/** How modules without VS Code say something to people: `vscode.l10n` fits, and so does a few lines in a test. */

export interface Localise {
  t(message: string, ...args: (string | number)[]): string;
}
