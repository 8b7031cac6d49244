/**
 * What a command prints and where. Without --json, human text goes to stdout; with it, stdout holds one
 * JSON document and human text goes to stderr. --quiet leaves out human text; warnings always show.
 */
import { oneLine } from '../runs/text.ts';

export { columns, counted, oneLine } from '../runs/text.ts';

/** What is needed of a standard stream. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputMode {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;
  /** True while a progress bar stands on the last line of stderr. */
  #transient = false;

  constructor(mode: OutputMode, stdout: TextStream, stderr: TextStream) {
    this.json = mode.json === true;
    this.quiet = mode.quiet === true;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** A line of human text. */
  line(text = ''): void {
    if (this.quiet) return;
    this.clearTransient();
    (this.json ? this.#stderr : this.#stdout).write(`${text}\n`);
  }

  /** A line that says what is going on: always on stderr, so that stdout holds results alone. */
  progress(text: string): void {
    if (this.quiet) return;
    this.clearTransient();
    this.#stderr.write(`${text}\n`);
  }

  /** A line that the next one replaces; only where stderr is a terminal. */
  transient(text: string): void {
    if (this.quiet || !this.interactive) return;
    const width = Math.max(20, (this.#stderr.columns ?? 80) - 1);
    this.#stderr.write(`\r\u001b[2K${text.slice(0, width)}`);
    this.#transient = true;
  }

  clearTransient(): void {
    if (this.#transient) this.#stderr.write('\r\u001b[2K');
    this.#transient = false;
  }

  /** True where a progress bar may be drawn. */
  get interactive(): boolean {
    return this.#stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  /** A warning, even with --quiet. */
  warn(text: string): void {
    this.clearTransient();
    this.#stderr.write(`warning: ${oneLine(text)}\n`);
  }

  /** The document of --json; nothing without it. */
  document(value: unknown): void {
    if (this.json) this.raw(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Text for stdout as it is: the result itself, such as CSV rows. */
  raw(text: string): void {
    this.clearTransient();
    this.#stdout.write(text);
  }
}
