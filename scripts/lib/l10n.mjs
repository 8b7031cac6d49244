/** The strings of the extension that can be translated: what it hands to `vscode.l10n.t`. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './paths.mjs';

/** @param {ts.Node} node @param {(text: string) => void} found */
function visit(node, found) {
  if (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 't' &&
    node.expression.expression.getText().endsWith('l10n')
  ) {
    const [message] = node.arguments;
    if (message !== undefined && ts.isStringLiteralLike(message)) found(message.text);
  }
  ts.forEachChild(node, (child) => visit(child, found));
}

/** The text of l10n/bundle.l10n.json: each string with itself, sorted. */
export async function l10nBundle() {
  /** @type {Set<string>} */
  const strings = new Set();
  for (const name of (await readdir(join(root, 'extension'), { recursive: true })).sort()) {
    if (!name.endsWith('.ts')) continue;
    const text = await readFile(join(root, 'extension', name), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    visit(source, (string) => strings.add(string));
  }
  const bundle = Object.fromEntries([...strings].sort().map((string) => [string, string]));
  return `${JSON.stringify(bundle, null, 2)}\n`;
}
