/**
 * What a client sends on stdin, checked before the reader of vscode-jsonrpc, which believes any length: it would
 * wait for ever for a length that never comes, and keep what has none. A broken frame ends the server, since nobody
 * knows where the next message begins; a whole one that is no message is answered and left out.
 */
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { UserError } from '../../protocol/errors.ts';

/** Bytes of a header, and of a message: a document of an editor, whole, is the largest. */
export const mostOfHeader = 8192;
export const mostOfMessage = 256 * 2 ** 20;

const headerEnd = Buffer.from('\r\n\r\n');
const parseError = -32700;
const invalidRequest = -32600;

/** Why a whole message is none, as JSON-RPC answers it. */
export interface Refusal {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

const refusal = (id: Refusal['id'], code: number, message: string): Refusal => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** The length that a header gives. Throws a UserError for one that gives none. */
function lengthIn(header: string): number {
  const values = header.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon < 1) throw new UserError(`a line of its header is none: ${shown(line)}`);
    const isLength = line.slice(0, colon).trim().toLowerCase() === 'content-length';
    return isLength ? [line.slice(colon + 1).trim()] : [];
  });
  const [value, ...more] = values;
  if (value === undefined) throw new UserError('its header has no Content-Length');
  if (more.length > 0) throw new UserError('its header has more than one Content-Length');
  if (!/^\d+$/.test(value)) throw new UserError(`its Content-Length is ${shown(value)}`);
  if (Number(value) > mostOfMessage) {
    throw new UserError(
      `its Content-Length is ${shown(value)}, and at most ${mostOfMessage} bytes are read`,
    );
  }
  return Number(value);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 40));

/** Undefined for a message. */
function refusalOf(body: Buffer): Refusal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // Whatever is wrong with the text: the answer says what is wanted.
    return refusal(null, parseError, 'The message is not JSON in UTF-8.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refusal(null, invalidRequest, 'The message is not a JSON object.');
  }
  const { id, method } = value as { id?: unknown; method?: unknown };
  if (typeof method === 'string' || 'result' in value || 'error' in value) return undefined;
  const named = typeof id === 'string' || typeof id === 'number' ? id : null;
  return refusal(named, invalidRequest, 'The message has no method.');
}

/** Lets whole messages through. `refuse` answers what is none; a broken frame is an error of the stream. */
export class MessageGuard extends Transform {
  readonly #refuse: (refusal: Refusal) => void;
  /** What came of the header or the body. */
  #parts: Buffer[] = [];
  #size = 0;
  /** Bytes of the body; undefined while the header comes. */
  #length: number | undefined;

  constructor(refuse: (refusal: Refusal) => void) {
    super();
    this.#refuse = refuse;
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    try {
      while (this.#length === undefined ? this.#takeHeader() : this.#takeBody(this.#length));
      done();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      done(new UserError(`The client sent a broken message: ${error.message}.`));
    }
  }

  override _flush(done: TransformCallback): void {
    const isCut = this.#size > 0 || this.#length !== undefined;
    done(isCut ? new UserError('The client closed the stream inside a message.') : null);
  }

  #all(): Buffer {
    const [only, ...more] = this.#parts;
    const all = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }

  #rest(bytes: Buffer): void {
    this.#parts = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
  }

  #takeHeader(): boolean {
    const all = this.#all();
    const end = all.indexOf(headerEnd);
    if (end > mostOfHeader || (end < 0 && all.length > mostOfHeader)) {
      throw new UserError(`its header has more than ${mostOfHeader} bytes`);
    }
    if (end < 0) return false;
    this.#length = lengthIn(all.toString('latin1', 0, end));
    this.#rest(all.subarray(end + headerEnd.length));
    return true;
  }

  #takeBody(length: number): boolean {
    if (this.#size < length) return false;
    const all = this.#all();
    const body = all.subarray(0, length);
    this.#length = undefined;
    this.#rest(all.subarray(length));
    const refused = refusalOf(body);
    if (refused !== undefined) this.#refuse(refused);
    else this.push(Buffer.concat([Buffer.from(`Content-Length: ${length}\r\n\r\n`), body]));
    return true;
  }
}
