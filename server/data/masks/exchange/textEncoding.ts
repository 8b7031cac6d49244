/**
 * Texts in the encodings that programs write them in. What is no Unicode says nothing of its encoding: the one is
 * taken in which most words outside of ASCII are those of the dataset's own names, else the first that fits.
 */
import { byCount, counted } from '../../../../protocol/counted.ts';
import { TextDecoder } from 'node:util';
import { UserError } from '../../../../protocol/errors.ts';

/** What Windows writes by default in China, Taiwan, Japan, Korea, Central and Western Europe, and Russia. */
const others = [
  ...['gb18030', 'big5', 'shift_jis', 'euc-kr'],
  ...['windows-1250', 'windows-1251', 'windows-1252'],
] as const;

const words = /[\u0080-\uffff]+/g;

/** Words outside of ASCII of a text, each once. */
const wordsOf = (text: string): Set<string> => new Set(text.normalize('NFC').match(words));

/** The Unicode encoding of bytes by their mark or their zeros; `utf-8` for what shows neither. */
export function unicodeOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // All formats begin with a character of ASCII.
  if (first !== undefined && first !== 0 && second === 0) return 'utf-16le';
  return first === 0 && second !== undefined && second !== 0 ? 'utf-16be' : 'utf-8';
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Decodes texts of a source, and knows how. */
export class Encodings {
  readonly #names: ReadonlySet<string>;
  /** Files by encodings that had to be guessed. */
  readonly #guessed = new Map<string, Set<string>>();

  /** `names` are the images of the dataset. */
  constructor(names: Iterable<string>) {
    this.#names = wordsOf([...names].join('\n'));
  }

  /** The text of a file, without the mark that some programs begin one with. */
  text(bytes: Uint8Array, file: string): string {
    const unicode = unicodeOf(bytes);
    if (unicode !== 'utf-8') return new TextDecoder(unicode).decode(bytes);
    return decoded(bytes, unicode) ?? this.#guess(bytes, file);
  }

  #guess(bytes: Uint8Array, file: string): string {
    let best = { encoding: '', text: '', score: -1 };
    for (const encoding of others) {
      const text = decoded(bytes, encoding);
      const score = text === undefined ? -1 : this.#score(text);
      if (text !== undefined && score > best.score) best = { encoding, text, score };
    }
    // A text of UTF-8 with some broken bytes.
    const mended = new TextDecoder().decode(bytes);
    if (best.score < 0 || this.#score(mended) > best.score) {
      best = { encoding: 'utf-8', text: mended, score: 0 };
    }
    const files = this.#guessed.get(best.encoding) ?? new Set();
    this.#guessed.set(best.encoding, files.add(file));
    return best.text;
  }

  #score(text: string): number {
    let score = 0;
    for (const word of wordsOf(text)) if (this.#names.has(word)) score += 1;
    return score;
  }

  /** One sentence for each encoding that was guessed. */
  sentences(): string[] {
    return [...this.#guessed].map(([encoding, { size }]) =>
      encoding === 'utf-8'
        ? `${counted(size, 'file')} of the source ${byCount(size, 'has bytes that are no UTF-8, and was', 'have bytes that are no UTF-8, and were')} read without them; check names and labels.`
        : `${counted(size, 'file')} of the source ${byCount(size, 'is no UTF-8 and was', 'are no UTF-8 and were')} read as ${encoding}; check names and labels, or save as UTF-8.`,
    );
  }
}

/** True for XML that says nothing of its encoding, and has no mark of it. */
export function saysNoEncoding(begin: Uint8Array): boolean {
  const head = new TextDecoder('latin1').decode(begin.subarray(0, 200));
  return unicodeOf(begin) === 'utf-8' && !/^\s*<\?xml[^>]*?\bencoding\s*=/.test(head);
}

/** What decodes XML that begins with these bytes, as they say of themselves. Throws a UserError for an unknown encoding. */
export function xmlDecoder(file: string, begin: Uint8Array): TextDecoder {
  const unicode = unicodeOf(begin);
  const head = new TextDecoder('latin1').decode(begin.subarray(0, 200));
  const [, named = 'utf-8'] = /^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(head) ?? [];
  // Text that says UTF-16 and has no zeros was saved anew since.
  const encoding = unicode !== 'utf-8' || /^utf-?16/i.test(named) ? unicode : named;
  try {
    return new TextDecoder(encoding);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const what = JSON.stringify(named.slice(0, 40));
    throw new UserError(`${file} says that it is in ${what}, which is not read; save it as UTF-8.`);
  }
}
