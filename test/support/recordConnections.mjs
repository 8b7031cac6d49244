/**
 * Loaded into each Node program below a server under test: notes every connection to another machine that
 * is tried, also by programs that heed no proxy, and then refuses it.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { basename } from 'node:path';

const log = process.env.SEGDEC_TEST_SOCKET_LOG;
const own = /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\..*)$/;

/** The target of a connect call, or undefined for pipes. @param {unknown[]} args */
function targetOf(args) {
  // Node passes its own calls on as one list of normalised arguments.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null) {
    const { port, host, path } = /** @type {{port?: unknown, host?: string, path?: string}} */ (
      first
    );
    return path !== undefined && path !== null ? undefined : { port, host: host ?? 'localhost' };
  }
  if (!/^\d+$/.test(String(first))) return undefined;
  return { port: first, host: typeof second === 'string' ? second : 'localhost' };
}

const connect = Socket.prototype.connect;
/** @this {Socket} @param {unknown[]} args */
Socket.prototype.connect = function (...args) {
  const target = targetOf(args);
  if (target === undefined || own.test(target.host)) return connect.apply(this, args);
  const program = basename(process.argv[1] ?? process.execPath);
  if (log !== undefined) appendFileSync(log, `socket ${target.host}:${target.port} (${program})\n`);
  const refused = new Error(`connect ECONNREFUSED ${target.host}:${target.port}`);
  this.destroy(Object.assign(refused, { code: 'ECONNREFUSED' }));
  return this;
};
