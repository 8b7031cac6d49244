/** The process of a command, as the one that started it (main.ts) supervises it. */
import { onUnfinished } from '../files/unfinished.ts';
import { cancelOnSignals } from '../runs/cancelOnSignals.ts';
import { exitCodeOf } from '../runs/fault.ts';
import { isStop } from './supervisionMessages.ts';
import type { UnfinishedMessage } from './supervisionMessages.ts';

/**
 * Aborted when the person asks to stop: by main.ts, which hears the terminal and ends this process when it does
 * not listen; without it by signals.
 */
export function stopSignal(say: (text: string) => void): AbortSignal {
  if (process.send === undefined) return cancelOnSignals(say);
  const controller = new AbortController();
  process.on('message', (message) => {
    if (isStop(message)) controller.abort();
  });
  // Nobody is left to end this process.
  process.on('disconnect', () => process.exit(exitCodeOf.cancelled));
  // The channel must not keep alive a process that is done.
  process.channel?.unref();
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => controller.abort());
  onUnfinished((kind, path) => {
    // Nobody hears: the channel may close while a word is on its way.
    const message: UnfinishedMessage = { kind, path };
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  });
  return controller.signal;
}
