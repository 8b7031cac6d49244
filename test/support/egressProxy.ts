/**
 * Counts what would leave this machine. A proxy on the loopback interface refuses and lists every request
 * of the browser and of programs that heed proxy variables; the Node programs below the server also
 * note each connection that they try by themselves (recordConnections.mjs). Loopback is nobody's business.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const recorder = pathToFileURL(resolve('test/support/recordConnections.mjs')).href;

export interface EgressProxy {
  /** For the environment of the server. */
  readonly environment: Readonly<Record<string, string>>;
  readonly browserArguments: readonly string[];
  /** Every attempt so far: `CONNECT host:port`, `GET http://…`, or `socket host:port (program)`. */
  readonly attempts: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

function listen(requests: string[]): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(403).end();
  });
  const refuse = (request: { url?: string | undefined }, socket: Duplex): void => {
    requests.push(`CONNECT ${request.url ?? ''}`);
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
  };
  server.on('connect', refuse);
  server.on('upgrade', refuse);
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const close = async (): Promise<void> => {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      };
      done({ port: address.port, close });
    });
  });
}

/** Starts a proxy that refuses everything. */
export async function startEgressProxy(): Promise<EgressProxy> {
  const requests: string[] = [];
  const { port, close } = await listen(requests);
  const folder = await mkdtemp(join(tmpdir(), 'segdec-egress-'));
  const log = join(folder, 'sockets.log');
  const url = `http://127.0.0.1:${port}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
  const variables = names.flatMap((name) => [
    [name, url],
    [name.toLowerCase(), url],
  ]);
  const loopback = '127.0.0.1,localhost,::1';
  return {
    environment: {
      ...(Object.fromEntries(variables) as Record<string, string>),
      NO_PROXY: loopback,
      no_proxy: loopback,
      NODE_OPTIONS: `--import=${recorder}`,
      SEGDEC_TEST_SOCKET_LOG: log,
    },
    // Chromium leaves loopback out by itself.
    browserArguments: [`--proxy-server=${url}`],
    attempts: async () => {
      const sockets = existsSync(log) ? (await readFile(log, 'utf8')).split('\n') : [];
      return [...requests, ...sockets.filter((line) => line !== '')];
    },
    close: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
