/** Where things lie in a checkout, and the few words that all scripts share. Only Node is needed here. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Folder of the bundles. */
export const dist = join(root, 'dist');

/** A failure with a sentence for the person at the terminal: printed without a stack. */
export class ScriptError extends Error {
  /** @param {string} message @param {number} [exitCode] @param {unknown} [cause] */
  constructor(message, exitCode = 1, cause = undefined) {
    super(message, { cause });
    this.name = 'ScriptError';
    this.exitCode = exitCode;
  }
}

/** Prints to stderr: stdout belongs to the program that a script runs. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a script's main function and turns what it throws into one sentence and an exit code. @param {() => Promise<void>} main */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
  }
}
