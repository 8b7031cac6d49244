/**
 * Who a process is, beyond its number: numbers are used again, so a lock also names the host and
 * when the process started.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { errorCode } from './systemError.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** The machine's own number where it has one (Linux), as hosts may share a name; or ''. */
  readonly machine: string;
  /** When the machine was started, or '' where that cannot be told. */
  readonly boot: string;
  /** The container's own numbering of processes (Linux), or ''. */
  readonly namespace: string;
  /** When the process started, in the system's own words; '' where that cannot be told. */
  readonly started: string;
}

/** `unknown`: it belongs to another host or container, whose processes cannot be seen from here. */
export type Liveness = 'alive' | 'dead' | 'unknown';

const MISSING = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']);

/** What `read` gives, or '' when the system has no such thing. */
async function orEmpty(read: Promise<string>): Promise<string> {
  try {
    return (await read).trim();
  } catch (error) {
    if (MISSING.has(errorCode(error) ?? '')) return '';
    throw error;
  }
}

interface LinuxStat {
  readonly state: string;
  readonly started: string;
}

/** Fields of /proc/PID/stat behind the name, which may itself hold blanks and brackets. */
async function linuxStat(pid: number): Promise<LinuxStat | undefined> {
  const text = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const started = fields[19];
  if (state === undefined || started === undefined) return undefined;
  return { state, started };
}

const run = promisify(execFile);

/** Asks the system's own tool; '' when it knows no such process or is not there. */
async function startedByTool(pid: number): Promise<string> {
  const [file, args] =
    process.platform === 'win32'
      ? [
          'powershell.exe',
          ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`],
        ]
      : ['ps', ['-o', 'lstart=', '-p', String(pid)]];
  // The time is compared as text, so it must not depend on the user's language or time zone.
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return new Promise((resolve) => {
    run(file, args, { env, timeout: 10_000 }).then(
      ({ stdout }) => resolve(stdout.trim()),
      () => resolve(''),
    );
  });
}

async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await linuxStat(pid))?.started ?? '';
  return startedByTool(pid);
}

let self: Promise<ProcessIdentity> | undefined;

/** This process; asked of the system once. */
export function thisProcess(): Promise<ProcessIdentity> {
  self ??= ownIdentity();
  return self;
}

async function ownIdentity(): Promise<ProcessIdentity> {
  const linux = process.platform === 'linux';
  return {
    pid: process.pid,
    host: hostname(),
    machine: linux ? await orEmpty(readFile('/etc/machine-id', 'utf8')) : '',
    boot: linux ? await orEmpty(readFile('/proc/sys/kernel/random/boot_id', 'utf8')) : '',
    namespace: linux ? await orEmpty(readlink('/proc/self/ns/pid')) : '',
    started: await startOf(process.pid),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Whether the process `other` still runs, judged from here. Time plays no part: clocks differ and
 * are set back, and a process that was stopped for a day is alive.
 */
export async function liveness(other: ProcessIdentity, self: ProcessIdentity): Promise<Liveness> {
  if (other.host !== self.host || other.machine !== self.machine) return 'unknown';
  if (other.boot !== self.boot) return 'dead';
  if (other.namespace !== self.namespace) return 'unknown';
  if (!exists(other.pid)) return 'dead';
  if (process.platform === 'linux') {
    const state = (await linuxStat(other.pid))?.state;
    if (state === 'Z' || state === 'X') return 'dead';
  }
  const started = await startOf(other.pid);
  if (other.started === '' || started === '') return 'alive';
  return started === other.started ? 'alive' : 'dead';
}
