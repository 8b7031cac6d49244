/** What ends a command from outside, besides signals (supervision.ts). */
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from '../files/fileSystem.ts';

/** The reader has gone (`segdec … | head`), or the terminal has. */
const gone = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Calls `onClosed` when the reader of stdout or stderr has gone. Throws a UserError where the disk that stdout goes
 * to is full.
 */
export function watchPipes(onClosed: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const code = errorCode(error) ?? '';
      if (gone.has(code)) return onClosed();
      if (!full.has(code)) throw error;
      // What stderr cannot say, nobody hears; the exit code tells.
      throw new UserError(
        `The output could not be written: the disk is full (${code}); free some space and try again.`,
        { cause: error },
      );
    });
  }
}
