/** Signals as an AbortSignal: the first asks for a clean end with a checkpoint, a later one insists. */
import { exitCodes } from './exitCodes.ts';

/** One Ctrl-C may arrive twice (from the terminal and through npm): so close together they are one. */
const sameGesture = 1000;

/** An AbortSignal for SIGINT, SIGTERM and SIGHUP; `say` tells the person what happens. */
export function cancelOnSignals(say: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      say('Stopping cleanly; once more stops at once.');
      controller.abort();
    } else if (now - first > sameGesture) {
      process.exit(exitCodes.cancelled);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}

/** Calls `onClosed` when the reader of stdout or stderr has gone (`segdec … | head`). */
export function watchPipes(onClosed: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      onClosed();
    });
  }
}
