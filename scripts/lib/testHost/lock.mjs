/**
 * One installer at a time in a folder. The lock is a socket with a name in Linux's abstract namespace: the
 * kernel gives it to one process and takes it back however that process ends, so that none is ever left.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptError, say } from '../paths.mjs';

const longestWait = 15 * 60 * 1000;

/** The lock, or undefined when another process has it. @param {string} name @returns {Promise<import('node:net').Server | undefined>} */
function tryLock(name) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => resolve(server.unref()));
  });
}

/**
 * Does some work while no other process does it in the same folder.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(folder, work) {
  const name = `segdec-testhost-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const until = Date.now() + longestWait;
  let lock = await tryLock(name);
  if (lock === undefined) say('Another process installs the test host; waiting for it …');
  while (lock === undefined) {
    if (Date.now() > until) {
      throw new ScriptError(`Another process has been installing ${folder} for 15 minutes.`);
    }
    await sleep(500);
    lock = await tryLock(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}
