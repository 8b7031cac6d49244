/** Runs a program with its output in a log file, and finds the line of the log that says what was wrong. */
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { run, runNpm } from '../processes.mjs';

/** Lines of an error that say the least: npm writes several about one. */
const codes = /\berror (code|errno|syscall)\b/;

/** The line that says best what was wrong: an error with its reason, any error, the last one. @param {string} text */
export function complaintIn(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !codes.test(line));
  const said =
    lines.find((line) => /error\b.*: /i.test(line)) ?? lines.find((line) => /\berr/i.test(line));
  return (said ?? lines.at(-1) ?? 'it said nothing').trim();
}

/**
 * @param {string} log
 * @param {(stdio: import('node:child_process').StdioOptions) => Promise<number>} start
 * @returns {Promise<{code: number, complaint: string}>}
 */
async function withLog(log, start) {
  const file = openSync(log, 'w');
  try {
    const code = await start(['ignore', file, file]);
    return { code, complaint: code === 0 ? '' : complaintIn(await readFile(log, 'utf8')) };
  } finally {
    closeSync(file);
  }
}

/** @typedef {{cwd: string, log: string, env?: NodeJS.ProcessEnv}} Where both absolute */

/** @param {string} command @param {readonly string[]} args @param {Where} where */
export function runLogged(command, args, { cwd, log, env = process.env }) {
  return withLog(log, (stdio) => run(command, args, { cwd, env, stdio }));
}

/** npm, as runLogged. @param {readonly string[]} args @param {Where} where */
export function runNpmLogged(args, { cwd, log, env = process.env }) {
  return withLog(log, (stdio) => runNpm(args, { cwd, env, stdio }));
}
