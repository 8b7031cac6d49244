/** Entry of a decoding process: one task at a time over the channel to its parent, and gone when that is. */
import { errorText } from '../../../protocol/errors.ts';
import { decodeImage } from './decode.ts';
import { ImageError } from './imageError.ts';
import type { DecodeReply, DecodeRequest } from './messages.ts';

/** Above this the process ends itself: one image is lost, and nothing else. */
const mostMemory = 1.5 * 2 ** 30;
const memoryCheck = 50;

/** Tells the parent that memory ran out. */
export const outOfMemory = 87;

async function answer({ id, task }: DecodeRequest): Promise<DecodeReply> {
  try {
    return { id, result: await decodeImage(task) };
  } catch (error) {
    const fault = error instanceof ImageError ? error.fault : 'unreadable';
    return { id, fault, reason: errorText(error) };
  }
}

process.on('message', (request: DecodeRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
// The parent decides when to stop: what the terminal or a scheduler sends to the group reaches us too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
setInterval(() => {
  if (process.memoryUsage.rss() > mostMemory) process.exit(outOfMemory);
}, memoryCheck).unref();
