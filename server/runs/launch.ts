/**
 * Starting a run as a process that outlives its starter. This is done by a short-lived process in between,
 * so that the run is nobody's child any more: an editor that ends its server ends all of its children.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CancelledError } from '../../protocol/errors.ts';
import {
  UnreadableFile,
  notAFile,
  openRegular,
  otherThanFile,
} from '../../protocol/files/readLimited.ts';
import { makeFolder } from '../files/atomicWrite.ts';
import { readEventsBackwards, readEvents } from './eventLog.ts';
import { errorOf, exitCodeOf } from './fault.ts';
import { programEnvironment, programPath } from './programs.ts';
import { exists, runPaths } from './runFolder.ts';
import type { DetachedTask } from './tasks.ts';

/** Milliseconds between two looks whether the run has begun. */
const look = 100;
/** For a clean end; then it is ended at once. */
const patience = 5000;
const mostOfLog = 8192;

interface Launch {
  readonly child: ChildProcess;
  /** Its exit code, or null for a signal. */
  readonly ended: Promise<number | null>;
}

async function start(task: DetachedTask, log: string): Promise<Launch> {
  const file = await open(log, 'a');
  try {
    const child = spawn(process.execPath, [programPath('runProcess'), JSON.stringify(task)], {
      detached: true,
      windowsHide: true,
      cwd: dirname(log),
      env: programEnvironment(),
      stdio: ['ignore', file.fd, file.fd],
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    // It is awaited a moment later; until then a failure is not unhandled.
    ended.catch(() => undefined);
    return { child, ended };
  } finally {
    await file.close();
  }
}

/** True once the run is there to be followed: it has its run.json, or goes on from its checkpoint. */
async function hasBegun(task: DetachedTask, eventsBefore: number): Promise<boolean> {
  if (task.kind === 'train') return await exists(runPaths(task.output).run);
  const { events } = await readEvents(runPaths(task.run).events, eventsBefore);
  return events.some((event) => event.kind === 'state' && event.state === 'running');
}

/** The size of the log; 0 without one. Throws a UserError for what is no file: opening a pipe waits for ever. */
async function sizeOf(path: string): Promise<number> {
  if (!(await exists(path))) return 0;
  const info = await stat(path);
  const other = otherThanFile(info);
  if (other !== undefined) throw new UnreadableFile(path, 'unreadable', notAFile(other));
  return info.size;
}

/** What the process said last. */
async function lastLine(log: string, from: number): Promise<string> {
  const size = await sizeOf(log);
  const handle = await openRegular(log);
  try {
    const start = Math.max(from, size - mostOfLog);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    await handle.read(buffer, 0, buffer.length, start);
    const lines = buffer.toString('utf8').split('\n');
    return lines.map((line) => line.trim()).findLast((line) => line !== '') ?? '';
  } finally {
    await handle.close();
  }
}

/** The error with which the process ended before its run had begun. */
async function failure(code: number | null, log: string, from: number): Promise<Error> {
  const said = await lastLine(log, from);
  const known = Object.entries(exitCodeOf).find(([, value]) => value === code)?.[0];
  if (known === 'badInput' || known === 'cancelled') return errorOf({ code: known, message: said });
  const how = code === null ? 'was ended' : `ended with code ${code}`;
  return errorOf({
    code: 'badInput',
    message: `The training process ${how} before its run had begun${said === '' ? '' : ` (${said})`}; its log is ${log}.`,
  });
}

async function end({ child, ended }: Launch): Promise<void> {
  child.kill('SIGTERM');
  const clean = await Promise.race([ended, wait(patience, 'late', { ref: false })]);
  if (clean !== 'late') return;
  child.kill('SIGKILL');
  await ended;
}

/** What a new run that never began has left. Its name was made up for it: nobody else's files lie there. */
async function clear(task: DetachedTask): Promise<void> {
  if (task.kind === 'train') await rm(task.output, { recursive: true, force: true });
}

/**
 * Starts the task and waits until its run has begun; gives the run folder. Throws what the process failed
 * with, or a CancelledError, when the process has been stopped and left nothing.
 */
export async function launchRun(
  task: DetachedTask,
  log: string,
  signal: AbortSignal,
): Promise<string> {
  await makeFolder(dirname(log));
  const logBefore = await sizeOf(log);
  const run = task.kind === 'train' ? task.output : task.run;
  // Behind the last whole line: whoever resumes cuts off what a killed process left of one.
  const eventsBefore = await readEventsBackwards(runPaths(run).events, 1, () => true);
  const launch = await start(task, log);
  for (;;) {
    const code = await Promise.race([launch.ended, wait(look, 'running' as const)]);
    if (signal.aborted) {
      if (code === 'running') await end(launch);
      await clear(task);
      if (logBefore === 0) await rm(log, { force: true });
      throw new CancelledError('Stopped before the run had begun.');
    }
    // A run that was over after a moment has begun, too.
    if (code === 0 || (await hasBegun(task, eventsBefore))) break;
    if (code === 'running') continue;
    const error = await failure(code, log, logBefore);
    await clear(task);
    if (logBefore === 0 && code === exitCodeOf.badInput) await rm(log, { force: true });
    throw error;
  }
  launch.child.unref();
  return run;
}
