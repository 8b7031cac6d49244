/** What ends a command from outside, besides signals (server/runs/cancelOnSignals.ts). */

/** Calls `onClosed` when the reader of stdout or stderr has gone (`segdec … | head`). */
export function watchPipes(onClosed: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      onClosed();
    });
  }
}
