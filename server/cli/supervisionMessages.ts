/**
 * What the process of a command and the one that started it (main.ts) say to each other. It imports nothing, as each
 * command waits for main.ts.
 */

/** From the command: a file that must not stay when it is ended, and that it is in its place or gone. */
export interface UnfinishedMessage {
  readonly kind: 'unfinished' | 'finished';
  readonly path: string;
}

/** To the command: the person wants it to end. */
export const stopMessage = { kind: 'stop' } as const;

const isObject = (message: unknown): message is Record<string, unknown> =>
  typeof message === 'object' && message !== null;

export const isStop = (message: unknown): boolean =>
  isObject(message) && message['kind'] === 'stop';

/** Undefined for any other message. */
export function unfinishedOf(message: unknown): UnfinishedMessage | undefined {
  if (!isObject(message)) return undefined;
  const { kind, path } = message;
  return (kind === 'unfinished' || kind === 'finished') && typeof path === 'string'
    ? { kind, path }
    : undefined;
}
