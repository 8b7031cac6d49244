/** JSON of files: what is none is a sentence with its path. */
import { UserError, errorText } from '../../protocol/errors.ts';

/** Lists and objects inside each other: whoever walks or writes the value must not run out of stack. */
const mostDepth = 1000;

/** True for a text whose brackets are nested too deep; those inside strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x22) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== 0x22; at += 1) {
        if (text.charCodeAt(at) === 0x5c) at += 1;
      }
    } else if (character === 0x5b || character === 0x7b) {
      depth += 1;
      if (depth > mostDepth) return true;
    } else if (character === 0x5d || character === 0x7d) depth -= 1;
  }
  return false;
}

/** The value of a JSON text. Throws a UserError that calls it `named`. */
export function parseJson(text: string | Uint8Array, named: string, advice = 'mend it'): unknown {
  const content = typeof text === 'string' ? text : new TextDecoder().decode(text);
  if (isTooDeep(content)) {
    throw new UserError(`${named} is nested deeper than ${mostDepth} levels; ${advice}.`);
  }
  try {
    return JSON.parse(content) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${named} is not valid JSON (${errorText(error)}); ${advice}.`, {
      cause: error,
    });
  }
}
