#!/usr/bin/env node
/**
 * The `segdec` command: starts the process that does the work (command.ts) and ends it when it does not end by
 * itself. Calls into the runtime block a process for seconds, which then hears no Ctrl-C (docs/decisions/ending.md).
 */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { programEnvironment, programPath } from '../runs/programs.ts';
import { stopMessage, unfinishedOf } from './supervisionMessages.ts';

/** One Ctrl-C may arrive twice (from the terminal and through npm): so close together they are one. */
const sameGesture = 1000;
/** Milliseconds for a clean end; commands that keep a checkpoint have longer. */
const patience = 1500;
const patienceWithCheckpoint = 4500;
const exitCodes = { ours: 70, cancelled: 130 };

const args = process.argv.slice(2);
const keepsCheckpoint = args[0] === 'train' || args[0] === 'resume';
const unfinished = new Set<string>();
let firstAsked: number | undefined;
let isEnded = false;

// The terminal may be gone: what cannot be said is not worth a fault.
process.stderr.on('error', () => undefined);
const say = (text: string): void => void process.stderr.write(`segdec: ${text}\n`);

// Before there is anybody to end: a signal that ended this process in between would leave the other to itself.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);

const child = fork(programPath('command'), args, {
  env: programEnvironment(),
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});

/** Ends the process whatever it does. */
function end(why?: string): void {
  if (isEnded) return;
  isEnded = true;
  if (why !== undefined) say(why);
  child.kill('SIGKILL');
}

function onSignal(): void {
  const now = performance.now();
  if (firstAsked !== undefined) {
    if (now - firstAsked > sameGesture) end();
    return;
  }
  firstAsked = now;
  say('Stopping cleanly; once more stops at once.');
  if (child.connected) child.send(stopMessage, () => undefined);
  const milliseconds = keepsCheckpoint ? patienceWithCheckpoint : patience;
  const last = keepsCheckpoint ? 'the last checkpoint stands' : 'what was written whole stands';
  const late = `It did not end within ${milliseconds / 1000} s and was stopped at once; ${last}.`;
  setTimeout(() => end(late), milliseconds).unref();
}

/** What a process that was ended left half-done. */
function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      say(`${path} is left and could not be removed (${String(error)}).`);
    }
  }
}

child.on('message', (raw) => {
  const message = unfinishedOf(raw);
  if (message?.kind === 'unfinished') unfinished.add(message.path);
  else if (message !== undefined) unfinished.delete(message.path);
});
child.on('error', (error) => {
  say(`The command could not be started (${error.message}).`);
  process.exitCode = exitCodes.ours;
});
// Not `exit`: what it said last is heard first.
child.on('close', (code, signal) => {
  if (signal !== null) removeUnfinished();
  if (firstAsked !== undefined && (signal !== null || code === null)) {
    process.exitCode = exitCodes.cancelled;
  } else if (signal !== null) {
    say(
      `The process of the command was ended by ${signal}; where memory ran out, give it less to do.`,
    );
    process.exitCode = exitCodes.ours;
  } else process.exitCode = code ?? exitCodes.ours;
});
