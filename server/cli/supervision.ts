/** What the process of a command and the one that started it (main.ts) say to each other. */
import { z } from 'zod';
import { onUnfinished } from '../files/unfinished.ts';
import { cancelOnSignals } from '../runs/cancelOnSignals.ts';
import { exitCodeOf } from '../runs/fault.ts';

/** From the command: a file that must not stay when it is ended, and that it is in its place or gone. */
export const unfinishedSchema = z.object({
  kind: z.enum(['unfinished', 'finished']),
  path: z.string(),
});
export type UnfinishedMessage = z.infer<typeof unfinishedSchema>;

/** To the command: the person wants it to end. */
export const stopMessage = { kind: 'stop' } as const;
const stopSchema = z.object({ kind: z.literal('stop') });

/**
 * Aborted when the person asks to stop: by main.ts, which hears the terminal and ends this process when it does
 * not listen; without it by signals.
 */
export function stopSignal(say: (text: string) => void): AbortSignal {
  if (process.send === undefined) return cancelOnSignals(say);
  const controller = new AbortController();
  process.on('message', (message) => {
    if (stopSchema.safeParse(message).success) controller.abort();
  });
  // Nobody is left to end this process.
  process.on('disconnect', () => process.exit(exitCodeOf.cancelled));
  // The channel must not keep alive a process that is done.
  process.channel?.unref();
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => controller.abort());
  onUnfinished((kind, path) => {
    // Nobody hears: the channel may close while a word is on its way.
    if (process.connected) process.send?.({ kind, path }, undefined, undefined, () => undefined);
  });
  return controller.signal;
}
