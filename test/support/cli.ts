/** The built `segdec` command as a user runs it: a process with its streams and exit code. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const program = resolve('dist/cli.js');
/** The process that does the work; `segdec` starts it and ends it. */
const work = resolve('dist/command.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function collect(child: ChildProcess): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (text.stdout += data));
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (text.stderr += data));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, ...text };
}

/** Starts `segdec ARGS`; the caller may signal it. */
export function startCli(args: readonly string[], { cwd, env }: CliOptions = {}): Started {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: collect(child) };
}

/** Starts the process of `segdec ARGS` that does the work, alone: one that is killed is really that one. */
export function startWork(args: readonly string[], { cwd, env }: CliOptions = {}): Started {
  const child = spawn(process.execPath, [work, ...args], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: collect(child) };
}

/** Runs `segdec ARGS` to its end. */
export function cli(args: readonly string[], options?: CliOptions): Promise<Ended> {
  return startCli(args, options).ended;
}
