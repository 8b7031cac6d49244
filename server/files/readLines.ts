/** Lines of a text file one at a time: a list may have millions. */
import { UserError } from '../../protocol/errors.ts';
import { portionsOf } from '../../common/node/readLimited.ts';
import { readError } from './readWhole.ts';

/** Characters of a line: no path is that long. */
const mostOfLine = 64_000;

/**
 * The lines of a file of at most `most` bytes, without their ends. Throws a UserError for a file that is none, too
 * large or refused, and for a line that is no path.
 */
export async function* linesOf(path: string, most: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  try {
    for await (const bytes of portionsOf(path, most)) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      number += lines.length;
      if (rest.length > mostOfLine) {
        throw new UserError(
          `${path}, line ${number + 1} has more than ${mostOfLine} characters; write one path a line.`,
        );
      }
      yield* lines;
    }
  } catch (error) {
    throw readError(error, path);
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** The lines that are neither empty nor begin with #, without spaces around them. Throws as linesOf does. */
export async function* listLines(path: string, most: number): AsyncGenerator<string> {
  for await (const line of linesOf(path, most)) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) yield text;
  }
}
