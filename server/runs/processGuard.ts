/**
 * A thread beside the one that runs a model: native code holds that one for as long as it likes, deaf to
 * signals and to its channel. This one ends the whole process when its parent has gone (its standard input
 * closes) and when it has more memory than it may.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { guardOptionsSchema, memoryWord } from './inferenceMessages.ts';

/** Milliseconds; memory grows by about 0.1 GiB in this time. */
const look = 50;
const standardInput = 0;
const standardError = 2;

const { memoryBytes } = guardOptionsSchema.parse(workerData);

function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

new Socket({ fd: standardInput, readable: true, writable: false })
  .on('error', end)
  .on('close', end)
  .resume();

if (memoryBytes !== undefined) {
  setInterval(() => {
    if (process.memoryUsage.rss() <= memoryBytes) return;
    writeSync(standardError, `${memoryWord}\n`);
    end();
  }, look);
}
