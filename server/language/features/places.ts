/** Between offsets and ranges, URIs and files. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** The path of a document that is a local file; undefined for all else. */
export function fileOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch (error) {
    // A file: URI with a host or an encoded slash names no file here.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

export const uriOf = (file: string): string => pathToFileURL(file).href;

/** The range between two offsets. */
export function rangeOf(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export const firstLine: Range = {
  start: { line: 0, character: 0 },
  end: { line: 0, character: 0 },
};
