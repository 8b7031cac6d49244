/**
 * Asks for a run lock in a loop; while it has it, checks that nobody else is inside.
 * node lockContender.mjs LOCK_MODULE FOLDER ROUNDS; prints how often it was inside.
 */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const [, , module, folder, rounds] = process.argv;
const { acquireRunLock } = await import(module);
let entered = 0;
for (let i = 0; i < Number(rounds); i += 1) {
  let lock;
  try {
    lock = await acquireRunLock(folder);
  } catch (error) {
    if (error.name !== 'UserError') throw error;
    continue;
  }
  const inside = join(folder, 'inside');
  const handle = await open(inside, 'wx'); // throws when another one is inside
  await wait(2);
  await handle.close();
  await rm(inside);
  entered += 1;
  if (i === Number(rounds) - 1) process.exit(report()); // leaves its lock, like a killed process
  await lock.release();
}
process.exit(report());

function report() {
  console.log(entered);
  return 0;
}
