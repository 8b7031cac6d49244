/** From what was thrown to one clear line and an exit code: 0, 1 gate, 2 bad input, 130 cancelled, 70 our fault. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import {
  AwayError,
  CancelledError,
  GateError,
  UserError,
  errorText,
} from '../../protocol/errors.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { systemSentence } from '../files/readWhole.ts';
import { segdecVersion } from '../runs/version.ts';
import { oneLine } from './output.ts';

export const exitCodes = { done: 0, gate: 1, badInput: 2, ours: 70, cancelled: 130 } as const;

export interface Ending {
  readonly exitCode: number;
  /** For stderr; undefined when there is nothing to say. */
  readonly message?: string;
}

function commanderEnding(error: CommanderError): Ending {
  if (error.exitCode === 0) return { exitCode: exitCodes.done };
  if (error.code === 'commander.help') return { exitCode: exitCodes.badInput };
  const text = oneLine(error.message.replace(/^error: /, ''));
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return {
    exitCode: exitCodes.badInput,
    message: `${sentence}${/[.?)]$/.test(sentence) ? '' : '.'} Try \`segdec --help\`.`,
  };
}

/** How the program ends for anything thrown, or undefined for a fault of ours. */
function knownEnding(error: unknown, cancelled: boolean): Ending | undefined {
  if (error instanceof CommanderError) return commanderEnding(error);
  if (error instanceof UserError || error instanceof AwayError)
    return { exitCode: exitCodes.badInput, message: error.message };
  if (error instanceof GateError) return { exitCode: exitCodes.gate, message: error.message };
  const aborted = error instanceof Error && error.name === 'AbortError';
  if (error instanceof CancelledError || (aborted && cancelled)) {
    return { exitCode: exitCodes.cancelled, message: aborted ? 'Stopped.' : error.message };
  }
  const sentence = systemSentence(error);
  return sentence === undefined ? undefined : { exitCode: exitCodes.badInput, message: sentence };
}

/** What a report of our own fault needs; the arguments are in it, file contents are not. */
function faultReport(error: unknown): string {
  return [
    `segdec ${segdecVersion}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `time: ${new Date().toISOString()}`,
    `arguments: ${JSON.stringify(process.argv.slice(2))}`,
    `folder: ${process.cwd()}`,
    '',
    inspect(error, { depth: 6 }),
    '',
  ].join('\n');
}

async function writeLog(error: unknown): Promise<string> {
  try {
    // In a folder of its own that only this user may look into: the arguments are nobody else's business.
    const file = join(await mkdtemp(join(tmpdir(), 'segdec-fault-')), 'segdec.log');
    await writeFileWhole(file, faultReport(error));
    return `The details are in ${file}; please report them with the output of \`segdec doctor\`.`;
  } catch (second) {
    return `No log could be written (${errorText(second)}): ${inspect(error)}`;
  }
}

/** How the program ends; a fault of ours leaves a log file that the message names. */
export async function endingOf(error: unknown, cancelled: boolean): Promise<Ending> {
  const known = knownEnding(error, cancelled);
  if (known !== undefined) return known;
  const message = `This is a fault in segdec: ${errorText(error)}. ${await writeLog(error)}`;
  return { exitCode: exitCodes.ours, message };
}
