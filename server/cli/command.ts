/**
 * The work of the `segdec` command, in a process that main.ts starts and can end: builds the commands, runs the one
 * that was asked for, and ends with its exit code.
 */
import { Command } from 'commander';
import { segdecVersion } from '../runs/version.ts';
import type { Door } from './door.ts';
import { doctorCommand } from './doctor.ts';
import { evaluateCommand } from './evaluate.ts';
import { endingOf, exitCodes } from './exitCodes.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { inspectCommand } from './inspect.ts';
import { masksCommand } from './masks.ts';
import { Output, oneLine } from './output.ts';
import { predictCommand } from './predict.ts';
import { resumeCommand } from './resume.ts';
import { runsCommand } from './runs.ts';
import { sampleCommand } from './sample.ts';
import { stopSignal } from './supervision.ts';
import { watchPipes } from './signals.ts';
import { trainCommand } from './train.ts';

/** What may still hold the process after its work is done is left behind after this many milliseconds. */
const lastMoments = 3000;

function program(door: Door): Command {
  const root = new Command('segdec')
    .description(
      'Surface-defect detection with mixed supervision: train on a few pixel masks and many image labels.',
    )
    .version(segdecVersion, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a gate failed, 2 bad input, 130 cancelled, 70 our own fault.\n`segdec COMMAND --help` shows a command with examples.',
    );
  const commands = [
    trainCommand,
    resumeCommand,
    evaluateCommand,
    predictCommand,
    exportCommand,
    importCommand,
    inspectCommand,
    masksCommand,
    runsCommand,
    doctorCommand,
    sampleCommand,
  ];
  for (const make of commands) root.addCommand(make(door));
  const all = [root, ...root.commands, ...root.commands.flatMap(({ commands }) => commands)];
  for (const command of all) {
    command
      .helpOption('--help', 'print this help')
      .exitOverride()
      // The one line of an error is printed at the end, by us.
      .configureOutput({ outputError: () => undefined });
  }
  return root;
}

/** Runs a command line (without node and script); returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`segdec: ${oneLine(text)}\n`);
  const signal = stopSignal(say);
  const unread = new AbortController();
  watchPipes(() => unread.abort());
  const door: Door = {
    open: (mode) => ({
      output: new Output(mode, process.stdout, process.stderr),
      signal,
      unread: unread.signal,
    }),
  };
  const end = async (error: unknown): Promise<number> => {
    // Nobody reads any more what a command would have printed.
    const stopped = error instanceof Error && error.name === 'AbortError';
    if (stopped && unread.signal.aborted && !signal.aborted) return exitCodes.done;
    const { exitCode, message } = await endingOf(error, signal.aborted);
    if (message !== undefined) say(message);
    return exitCode;
  };
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => void end(error).then((code) => process.exit(code)));
  }
  try {
    await program(door).parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return await end(error);
  }
}

process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), lastMoments).unref();
