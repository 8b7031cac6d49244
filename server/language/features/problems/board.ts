/**
 * Diagnostics of several sources for the same files (a table being edited, an inspection, a run), put
 * together: the protocol replaces all diagnostics of a file at once. Only what changed is sent, a file
 * at a time, so that an answer never waits behind the diagnostics of thousands of files.
 */
import type { Diagnostic } from 'vscode-languageserver';

/** By URI. */
export type DiagnosticsOf = ReadonlyMap<string, readonly Diagnostic[]>;

/** Resolves when the message is written. */
export type SendDiagnostics = (uri: string, diagnostics: Diagnostic[]) => Promise<void>;

export class ProblemBoard {
  readonly #send: SendDiagnostics;
  readonly #sources = new Map<string, DiagnosticsOf>();
  readonly #sent = new Map<string, string>();
  /** Files that may have others than were sent. */
  readonly #due = new Set<string>();
  #sending: Promise<void> | undefined;

  constructor(send: SendDiagnostics) {
    this.#send = send;
  }

  /** Puts a source's diagnostics in the place of those that it gave before. */
  replace(source: string, diagnostics: DiagnosticsOf): void {
    const before = this.#sources.get(source);
    if (diagnostics.size === 0) this.#sources.delete(source);
    else this.#sources.set(source, diagnostics);
    for (const uri of before?.keys() ?? []) this.#due.add(uri);
    for (const uri of diagnostics.keys()) this.#due.add(uri);
    // With nothing due it would end before it is known to have begun.
    if (this.#due.size > 0) this.#sending ??= this.#sendDue();
  }

  /** Takes back everything that sources with this start gave. */
  clear(start: string): void {
    for (const source of [...this.#sources.keys()]) {
      if (source.startsWith(start)) this.replace(source, new Map());
    }
  }

  /** Resolves when everything is sent. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #sendDue(): Promise<void> {
    for (const uri of this.#due) {
      this.#due.delete(uri);
      await this.#publish(uri);
    }
    this.#sending = undefined;
  }

  async #publish(uri: string): Promise<void> {
    const all = [...this.#sources.values()].flatMap((source) => source.get(uri) ?? []);
    const text = all.length === 0 ? '' : JSON.stringify(all);
    if (text === (this.#sent.get(uri) ?? '')) return;
    if (text === '') this.#sent.delete(uri);
    else this.#sent.set(uri, text);
    await this.#send(uri, all);
  }
}
