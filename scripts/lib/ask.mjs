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
    // A terminal that ends (Ctrl-D) answers nothing, and the question would never end.
    const ended = new Promise((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended]);
    return /^y(es)?$/i.test(String(answer).trim());
  } finally {
    terminal.close();
  }
}
