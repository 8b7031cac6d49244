/** Questions at a terminal. */
import { createInterface } from 'node:readline/promises';

/**
 * True when the person answers yes. Without a terminal nobody can: that is a no.
 * @param {string} question
 * @param {{input?: NodeJS.ReadableStream & {isTTY?: boolean}, output?: NodeJS.WritableStream}} [streams]
 */
export async function ask(question, { input = process.stdin, output = process.stderr } = {}) {
  if (input.isTTY !== true) return false;
  const terminal = createInterface({ input, output });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
