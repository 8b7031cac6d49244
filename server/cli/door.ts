/** What every command gets from the program's entry, and the options that all commands share. */
import { Command } from 'commander';
import type { Output } from './output.ts';
import type { OutputMode } from './output.ts';

export interface Session {
  readonly output: Output;
  /** Aborted when the person asked to stop. */
  readonly signal: AbortSignal;
  /** Aborted when nobody reads stdout any more: a command that only prints may end. */
  readonly unread: AbortSignal;
}

export interface Door {
  open(mode: OutputMode): Session;
}

export interface CommandText {
  readonly name: string;
  readonly description: string;
  /** Lines without the leading `segdec`. */
  readonly examples: readonly string[];
}

/** A command with the options and help that all share. */
export function newCommand({ name, description, examples }: CommandText): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON document on stdout, human text on stderr')
    .option('--quiet', 'print no human text but warnings and errors')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  segdec ${example}`).join('\n')}`,
    );
}

type Optional<T> = {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The object without the keys whose value is undefined: a flag that was not given is absent. */
export function given<T extends object>(values: T): Required<T> & Optional<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Required<T> & Optional<T>;
}
