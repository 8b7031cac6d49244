/** PLACEHOLDER: replaced by the author of the language features. */
import type { ServerCapabilities } from 'vscode-languageserver';
import type { Workplace } from '../workplace.ts';

/** What the features add to the server's capabilities. */
export const featureCapabilities: ServerCapabilities = {};

/** Registers all features. */
export function registerFeatures(_workplace: Workplace): void {
  return undefined;
}
