/** The language server as the parts that run things use it: requests by their definition, runs, processes. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { requests } from '../../protocol/messages.ts';
import type { Request } from '../../protocol/messages.ts';
import type { RunItem, TrainOptions } from '../../protocol/runView.ts';
import { runLockHolder } from '../../server/files/lock.ts';
import { startLanguageClient } from './languageClient.ts';
import type { LanguageClient } from './languageClient.ts';

export interface RunClient {
  readonly client: LanguageClient;
  readonly child: ChildProcess;
  ask<P, R>(request: Request<P, R>, params: P, token?: CancellationToken): Promise<R>;
  /** The code and message that a request fails with. */
  refusal<P, R>(request: Request<P, R>, params: P): Promise<{ code: number; message: string }>;
  /** Waits until a run is as the probe wants it, by what the server reports. */
  run(run: string, what: string, probe: (item: RunItem) => boolean): Promise<RunItem>;
}

/** A training run of about a second an epoch. */
export const quick: TrainOptions = { width: 0.05, threads: 1, preset: 'dagm', epochs: 2 };
/** One that goes on until it is stopped. */
export const endless: TrainOptions = { ...quick, epochs: 100_000 };

interface Failure {
  readonly code: number;
  readonly message: string;
}

/** Starts a server for one open folder and waits until it has been read. */
export async function startRunClient(
  folder: string,
  options: {
    readonly trusted?: boolean;
    readonly settings?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<RunClient> {
  const { client, child } = await startLanguageClient({
    folders: [folder],
    settings: options.settings ?? { threads: 1 },
    initializationOptions: {
      cacheFolder: join(folder, '.segdec', 'cache'),
      trusted: options.trusted ?? true,
    },
  });
  await client.ready(folder);
  const ask = <P, R>({ type }: Request<P, R>, params: P, token?: CancellationToken): Promise<R> =>
    token === undefined
      ? client.connection.sendRequest<R>(type.method, params)
      : client.connection.sendRequest<R>(type.method, params, token);
  return {
    client,
    child,
    ask,
    refusal: async (request, params) => {
      try {
        await ask(request, params);
      } catch (error) {
        const { code, message } = error as Failure;
        return { code, message };
      }
      throw new Error(`${request.type.method} was not refused`);
    },
    run: (run, what, probe) =>
      client.waitFor(what, () => {
        const told = client.heard.findLast(({ method }) => method === 'segdec/runs/changed');
        const items = (told?.params as { runs: readonly RunItem[] } | undefined)?.runs ?? [];
        return items.find((item) => item.run === run && probe(item));
      }),
  };
}

/** Starts a run; whatever the test does, its process has ended afterwards. */
export async function startRun(
  server: RunClient,
  project: string,
  options: TrainOptions,
): Promise<string> {
  const { run } = await server.ask(requests.runStart, { project, options });
  onTestFinished(() => endRun(run));
  return run;
}

/** Ends the process that has a run, if there is one. */
export async function endRun(run: string): Promise<void> {
  const pid = await pidOf(run);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** The process that has a run. */
export async function pidOf(run: string): Promise<number | undefined> {
  try {
    return (await runLockHolder(run))?.pid;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine (Linux). */
function processes(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid, parent: Number(fields[1]), command }];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

/** The processes below one, with those below them. */
export function descendants(pid: number): ProcessEntry[] {
  const all = processes();
  const found: ProcessEntry[] = [];
  const look = (parent: number): void => {
    for (const entry of all.filter((one) => one.parent === parent)) {
      found.push(entry);
      look(entry.pid);
    }
  };
  look(pid);
  return found;
}

/** True while a process is there and no zombie. */
export const isThere = (pid: number): boolean => processes().some((entry) => entry.pid === pid);
