/**
 * What the test host leaves behind: processes and a temporary folder. A lease names both after
 * the process that started them, so that they end with it: when it says so, when it exits, when it is
 * signalled, and, if it was killed outright, when the next one starts.
 *
 * Processes are known by a variable in their environment, which all their children inherit: also those
 * that were detached on purpose, as a training run may be.
 */
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const variable = 'SEGDEC_TEST_HOST';
/** Process ids mean something only within their namespace; containers may share a folder for temporary files. */
const namespace = () => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
const patience = 5000;

/** @typedef {{folder: string, environment: Record<string, string>, processes: () => number[], end: () => Promise<void>}} Lease */

/** A file below /proc, or undefined when its process has ended or is another user's. @param {number} pid @param {string} name */
function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined; // Processes come and go while they are listed.
  }
}

/** Ids of the processes that live, not of those whose parents have not noticed their end. */
function livingProcesses() {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map(Number).filter((pid) => {
    const state = readProc(pid, 'stat')
      ?.replace(/^.*\) /s, '')
      .charAt(0);
    return state !== undefined && state !== 'Z';
  });
}

/** The command line of a process, its parts separated by spaces. @param {number} pid */
export const commandLine = (pid) => (readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim();

/** Processes by the mark they carry. @returns {{pid: number, mark: string}[]} */
function markedProcesses() {
  const pattern = new RegExp(`(?:^|\\0)${variable}=([^\\0]*)`);
  return livingProcesses().flatMap((pid) => {
    const mark = pattern.exec(readProc(pid, 'environ') ?? '')?.[1];
    return mark === undefined || pid === process.pid ? [] : [{ pid, mark }];
  });
}

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false; // It has ended.
    throw error;
  }
}

/** @param {string} folder */
const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** The process that made a mark or a folder, when it was one of this namespace. @param {string} name */
function ownerOf(name) {
  const [, where, owner] = /^segdec-host-(\d+)-(\d+)-/.exec(name) ?? [];
  return where === namespace() ? Number(owner) : undefined;
}

/** Ends and removes what was left by processes that were killed. */
function sweep() {
  const living = new Set(livingProcesses());
  const isOrphan = (/** @type {string} */ name) => {
    const owner = ownerOf(name);
    return owner !== undefined && !living.has(owner);
  };
  for (const { pid, mark } of markedProcesses()) {
    if (isOrphan(mark)) send(pid, 'SIGKILL');
  }
  for (const name of readdirSync(tmpdir())) {
    if (isOrphan(name)) remove(join(tmpdir(), name));
  }
}

/** @type {Set<string>} folders of the leases that run */
const running = new Set();

function endAll() {
  const marks = new Set([...running].map((folder) => basename(folder)));
  for (const { pid, mark } of markedProcesses()) {
    if (marks.has(mark)) send(pid, 'SIGKILL');
  }
  for (const folder of running) remove(folder);
}

/** A signal would end us silently: exiting instead lets the handler of the exit run. */
const onSignal = (/** @type {string} */ _name, /** @type {number} */ number) =>
  process.exit(128 + number);
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** While any lease runs, this process does not go without ending it. @param {string} folder */
function begin(folder) {
  if (running.size === 0) {
    process.on('exit', endAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  running.add(folder);
}

/** @param {string} folder */
function finish(folder) {
  running.delete(folder);
  if (running.size > 0) return;
  process.off('exit', endAll);
  for (const signal of signals) process.off(signal, onSignal);
}

/** @param {string} mark */
async function endProcesses(mark) {
  const living = () => markedProcesses().filter((found) => found.mark === mark);
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (const { pid } of living()) send(pid, signal);
    const until = Date.now() + patience;
    while (Date.now() < until) {
      if (living().length === 0) return;
      await sleep(50);
    }
  }
  const left = living().map(({ pid }) => pid);
  throw new Error(`These processes of the test host do not end: ${left.join(', ')}`);
}

/** A new temporary folder and the mark for its processes. @returns {Lease} */
export function takeLease() {
  if (running.size === 0) sweep();
  const folder = mkdtempSync(join(tmpdir(), `segdec-host-${namespace()}-${process.pid}-`));
  const mark = basename(folder);
  begin(folder);
  return {
    folder,
    environment: { [variable]: mark },
    processes: () => markedProcesses().flatMap((found) => (found.mark === mark ? [found.pid] : [])),
    end: async () => {
      if (!running.has(folder)) return;
      await endProcesses(mark);
      remove(folder);
      finish(folder);
    },
  };
}
