/** Signals as an AbortSignal: the first asks for a clean end with a checkpoint, a later one insists. */

/** One Ctrl-C may arrive twice (from the terminal and through npm): so close together they are one. */
const sameGesture = 1000;
const exitCode = 130;

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
      process.exit(exitCode);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}
