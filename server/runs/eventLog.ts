/**
 * events.jsonl: one JSON a line, append only. A process that is killed may leave a torn last line;
 * readers ignore it, and the next writer cuts it off before it appends.
 */
import * as z from 'zod';
import { UnreadableFile } from '../../common/node/readLimited.ts';
import type { RunEvent, RunEventBody } from '../../protocol/run.ts';
import { runEventSchema } from '../../protocol/webview.ts';
import { fileError } from '../files/atomicWrite.ts';
import { realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem, WritableFile } from '../files/fileSystem.ts';
import { keptSizeOrZero, readKeptRange } from '../files/kept.ts';

const NEWLINE = 10;

const eventSchema = z.looseObject({
  t: z.string(),
  kind: z.enum(['state', 'epoch', 'step', 'validation', 'warning', 'error', 'checkpoint']),
});

/**
 * The event in a line, or undefined for a line that is none. One of a kind that is known, whose numbers and
 * words are not those of such an event, is left out with a warning in its place.
 */
function parseLine(line: string, path: string): RunEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const event = runEventSchema.safeParse(value);
  if (event.success) return event.data;
  const head = eventSchema.safeParse(value);
  if (!head.success) return undefined;
  const { t, kind } = head.data;
  const [issue] = event.error.issues;
  const why = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`;
  return {
    t,
    kind: 'warning',
    message: `${path} has an event "${kind}" that is left out (${why}).`,
  };
}

const eventsOf = (lines: string, path: string): RunEvent[] =>
  lines
    .split('\n')
    .map((line) => parseLine(line, path))
    .filter((event) => event !== undefined);

export interface EventsRead {
  readonly events: readonly RunEvent[];
  /** Where to read on: behind the last whole line. */
  readonly offset: number;
}

/**
 * The events from a byte offset on, of `most` bytes. A missing file has none; a torn last line waits for
 * its end.
 */
export async function readEvents(
  path: string,
  offset = 0,
  most = Number.POSITIVE_INFINITY,
): Promise<EventsRead> {
  const size = await keptSizeOrZero(path);
  const bytes = await readKeptRange(path, offset, Math.min(size, offset + most));
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  // No line of ours is that long: what fills all of `most` is passed over, or nobody ever gets behind it.
  if (end === 0 && bytes.length >= most) return { events: [], offset: offset + bytes.length };
  return { events: eventsOf(bytes.toString('utf8', 0, end), path), offset: offset + end };
}

/** Blocks in which a file is read from its end. */
const block = 128 * 1024;
/** No line of ours comes near; a file without any would be read whole. */
const mostOfLine = 32e6;

/**
 * Gives the events of a file to `take`, the last one first, until it says that it has enough or `most`
 * bytes were read. Gives the offset behind the last whole line.
 */
export async function readEventsBackwards(
  path: string,
  most: number,
  take: (event: RunEvent) => boolean,
): Promise<number> {
  const size = await keptSizeOrZero(path);
  let behind: number | undefined;
  let end = size;
  for (let length = block; end > 0 && size - end < most; length = block) {
    let start = Math.max(0, end - length);
    let bytes = await readKeptRange(path, start, end);
    for (; start > 0 && bytes.indexOf(NEWLINE) === bytes.lastIndexOf(NEWLINE);) {
      length *= 2;
      if (length > mostOfLine) {
        const reason = `it has a line of more than ${mostOfLine / 1e6} MB, which segdec did not write; put the right file back`;
        throw new UnreadableFile(path, 'too-large', reason);
      }
      start = Math.max(0, end - length);
      bytes = await readKeptRange(path, start, end);
    }
    // The first line of a block began before it, but at the start of the file.
    const first = start === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    const last = bytes.lastIndexOf(NEWLINE) + 1;
    behind ??= start + last;
    const events = eventsOf(bytes.toString('utf8', first, Math.max(first, last)), path);
    for (const event of events.reverse()) if (take(event)) return behind;
    end = start + first;
  }
  return behind ?? 0;
}

/** Cuts off a torn last line, so that the next line starts at a line's start. */
async function cutTornLine(path: string, fs: FileSystem): Promise<void> {
  const offset = await readEventsBackwards(path, 1, () => true);
  if ((await keptSizeOrZero(path)) > offset) await fs.truncate(path, offset);
}

export class EventLog {
  readonly #path: string;
  readonly #file: WritableFile;
  readonly #listener: (event: RunEvent) => void;
  #tail: Promise<void> = Promise.resolve();

  private constructor(path: string, file: WritableFile, listener: (event: RunEvent) => void) {
    this.#path = path;
    this.#file = file;
    this.#listener = listener;
  }

  /** Opens the log to append; only the holder of the run's lock may. `listener` hears each event too. */
  static async open(
    path: string,
    listener: (event: RunEvent) => void = () => undefined,
    fs: FileSystem = realFileSystem,
  ): Promise<EventLog> {
    try {
      await cutTornLine(path, fs);
      return new EventLog(path, await fs.append(path), listener);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** Writes one line, stamped with the time; in the order of the calls. */
  write(body: RunEventBody): Promise<void> {
    const event: RunEvent = { t: new Date().toISOString(), ...body };
    this.#listener(event);
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    const written = this.#tail.then(() => this.#append(line));
    // A failed line must not fail the ones behind it: each call reports its own failure.
    this.#tail = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#tail;
    try {
      await this.#file.close();
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }

  async #append(line: Uint8Array): Promise<void> {
    try {
      await this.#file.write(line);
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }
}
