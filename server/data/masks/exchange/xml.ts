/**
 * XML as a stream of tags and the texts between them. Nothing is expanded but the five entities of XML and numbers: a file with a
 * document type, where others would be declared, is refused.
 */
import { TextDecoder } from 'node:util';
import sax from 'sax';
import { UserError } from '../../../../protocol/errors.ts';
import { mostBytes, portionsOf } from '../../../../common/node/readLimited.ts';
import { readError } from '../../../files/readWhole.ts';
import type { SourceReader } from './readSource.ts';
import { saysNoEncoding, xmlDecoder } from './textEncoding.ts';

export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Attributes }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close'; readonly name: string };
export type Attributes = Readonly<Record<string, string>>;

/** Characters of one attribute: the run lengths of a large mask are in one. */
sax.MAX_BUFFER_LENGTH = 64 * 2 ** 20;

/** A parser that keeps what it found since the last look. */
class Tags {
  readonly #parser = sax.parser(true, { position: true });
  #found: XmlEvent[] = [];

  constructor(file: string) {
    const parser = this.#parser;
    parser.onopentag = ({ name, attributes }) => {
      this.#found.push({ kind: 'open', name, attributes });
    };
    parser.ontext = (text) => void this.#found.push({ kind: 'text', text });
    parser.onclosetag = (name) => void this.#found.push({ kind: 'close', name });
    parser.ondoctype = () => {
      throw new UserError(
        `${file} declares a document type, which is not read; remove <!DOCTYPE …>.`,
      );
    };
    parser.onerror = (error) => {
      const [what = ''] = error.message.split('\n');
      throw new UserError(
        `${file}, line ${parser.line + 1}: this is no XML (${what}); export it again.`,
      );
    };
  }

  write(text: string): XmlEvent[] {
    this.#parser.write(text);
    return this.#taken();
  }

  close(): XmlEvent[] {
    this.#parser.close();
    return this.#taken();
  }

  #taken(): XmlEvent[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}

/** True for a file whose bytes are UTF-8 from its beginning to its end. */
async function isUtf8(file: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of portionsOf(file, mostBytes.table)) {
      decoder.decode(bytes, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** True for a file that says nothing of its encoding and is no UTF-8, as older programs on Windows write it. */
async function hasToBeGuessed(file: string): Promise<boolean> {
  for await (const bytes of portionsOf(file, mostBytes.table)) {
    return saysNoEncoding(bytes) && !(await isUtf8(file));
  }
  return false;
}

/**
 * The tags of a file in their order; `texts` guesses an encoding that it does not say. Throws a UserError for what is
 * no XML or too large.
 */
export async function* xmlTags(file: string, texts: SourceReader): AsyncGenerator<XmlEvent> {
  try {
    const tags = new Tags(file);
    if (await hasToBeGuessed(file)) {
      yield* tags.write(await texts.text(file));
      yield* tags.close();
      return;
    }
    let decoder: TextDecoder | undefined;
    for await (const bytes of portionsOf(file, mostBytes.table)) {
      decoder ??= xmlDecoder(file, bytes);
      yield* tags.write(decoder.decode(bytes, { stream: true }));
    }
    yield* tags.close();
  } catch (error) {
    throw readError(error, file);
  }
}
