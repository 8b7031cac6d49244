/**
 * Diagnostics of several sources for the same files (a table being edited, an inspection, a run), put
 * together: the protocol replaces all diagnostics of a file at once. Only what changed is sent.
 */
import type { Diagnostic } from 'vscode-languageserver';

/** By URI. */
export type DiagnosticsOf = ReadonlyMap<string, readonly Diagnostic[]>;

export class ProblemBoard {
  readonly #send: (uri: string, diagnostics: Diagnostic[]) => void;
  readonly #sources = new Map<string, DiagnosticsOf>();
  readonly #sent = new Map<string, string>();

  constructor(send: (uri: string, diagnostics: Diagnostic[]) => void) {
    this.#send = send;
  }

  /** Puts a source's diagnostics in the place of those that it gave before. */
  replace(source: string, diagnostics: DiagnosticsOf): void {
    const before = this.#sources.get(source);
    if (diagnostics.size === 0) this.#sources.delete(source);
    else this.#sources.set(source, diagnostics);
    for (const uri of new Set([...(before?.keys() ?? []), ...diagnostics.keys()])) {
      this.#publish(uri);
    }
  }

  /** Takes back everything that sources with this start gave. */
  clear(start: string): void {
    for (const source of [...this.#sources.keys()]) {
      if (source.startsWith(start)) this.replace(source, new Map());
    }
  }

  #publish(uri: string): void {
    const all = [...this.#sources.values()].flatMap((source) => source.get(uri) ?? []);
    const text = all.length === 0 ? '' : JSON.stringify(all);
    if (text === (this.#sent.get(uri) ?? '')) return;
    if (text === '') this.#sent.delete(uri);
    else this.#sent.set(uri, text);
    this.#send(uri, all);
  }
}
