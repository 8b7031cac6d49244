/** The documents that the server is told of: its own files, and those in which image paths are found. */
import type { DocumentSelector } from 'vscode-languageclient/node';

const languages = [
  ...['json', 'jsonc', 'csv', 'yaml', 'python', 'markdown'],
  ...['typescript', 'typescriptreact', 'javascript', 'javascriptreact'],
];

export const documentSelector: DocumentSelector = [
  { scheme: 'file', pattern: '**/segdec.json' },
  { scheme: 'file', pattern: '**/*.csv' },
  ...languages.map((language) => ({ scheme: 'file', language })),
];
