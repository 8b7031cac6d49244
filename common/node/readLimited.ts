/**
 * The one way to read a file that others may have put there: a named pipe would be waited for, a device never
 * ends and a huge file takes all memory, so only a regular file is read, and never more than a limit. It lies
 * here because the extension and the server both read, and import nothing of each other.
 */
import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UserError } from '../../protocol/errors.ts';
import { errorCode } from './systemError.ts';

/** Bytes that are read at most, by what a file is. */
export const mostBytes = {
  lock: 64e3,
  /** segdec.json, a split file. */
  settings: 64e6,
  /** run.json, metrics.json: lists of every image. */
  run: 256e6,
  /** labels.csv, Severstal's table, DAGM's list, scores.csv; a longer text is no string in Node. */
  table: 512e6,
  /** A list of images: their paths are taken one at a time. */
  list: 1e9,
  /** An image or a mask. */
  image: 512 * 2 ** 20,
  /** Weights and models. */
  model: 2 ** 31 - 1,
} as const;

/** A file that is not read for what it is or for its size; the message names it. */
export class UnreadableFile extends UserError {
  readonly reason: string;
  readonly fault: 'unreadable' | 'too-large';

  constructor(path: string, fault: UnreadableFile['fault'], reason: string) {
    super(`Could not read ${path}: ${reason}.`);
    this.fault = fault;
    this.reason = reason;
  }
}

interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

/** What something is that is no regular file, such as `a named pipe`; undefined for a file. */
export function otherThanFile(info: FileKind): string | undefined {
  if (info.isFile()) return undefined;
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a named pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}

/** Why something that is no regular file is refused. */
export const notAFile = (what: string): string =>
  `it is ${what}${what === 'a folder' ? '' : ', not a file'}; put a file in its place`;

const megabytes = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString('en');

/** The refusal of a file of `size` bytes where `most` are read. */
export const tooLarge = (path: string, size: number, most: number): UnreadableFile => {
  const limit =
    most < 1e6 ? `${most / 1e3} kB` : `${Math.floor(most / 1e6).toLocaleString('en')} MB`;
  return new UnreadableFile(
    path,
    'too-large',
    `it has ${size > most ? `${megabytes(size)} MB` : 'no end'}, and at most ${limit} are read; make it smaller`,
  );
};

/** Windows has neither of the two flags, nor such files. */
const flag = (name: 'O_NONBLOCK' | 'O_NOCTTY'): number =>
  (constants as Partial<typeof constants>)[name] ?? 0;
const withoutWaiting = constants.O_RDONLY | flag('O_NONBLOCK') | flag('O_NOCTTY');

function sizeOf(info: FileKind & { readonly size: number }, path: string): number {
  const other = otherThanFile(info);
  if (other !== undefined) throw new UnreadableFile(path, 'unreadable', notAFile(other));
  return info.size;
}

/** Bytes that an open file says it has. Throws an UnreadableFile unless it is a regular one. */
export async function regularSize(handle: FileHandle, path: string): Promise<number> {
  return sizeOf(await handle.stat(), path);
}

function openError(error: unknown, path: string): unknown {
  return errorCode(error) === 'ENXIO'
    ? new UnreadableFile(path, 'unreadable', notAFile('a socket'))
    : error;
}

/**
 * Opens a regular file to read. Throws an UnreadableFile for anything else, and the system's error (ENOENT for
 * one that is missing) for what it refuses.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  return (await openSized(path)).handle;
}

async function openSized(path: string): Promise<{ handle: FileHandle; size: number }> {
  let handle;
  try {
    handle = await open(path, withoutWaiting);
  } catch (error) {
    throw openError(error, path);
  }
  try {
    return { handle, size: await regularSize(handle, path) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The bytes of an open regular file from its present position. Throws an UnreadableFile for more than `most`, also
 * where the file grows while it is read or tells a wrong size, as those of /proc do.
 */
export async function readHandle(
  handle: FileHandle,
  path: string,
  most: number,
): Promise<Buffer<ArrayBuffer>> {
  return await readAll(partsOf(handle), (await handle.stat()).size, path, most);
}

const readOf = promisify(read);

/** Reads on into a buffer. */
type ReadPart = (buffer: Buffer, offset: number, length: number) => Promise<{ bytesRead: number }>;

const partsOf =
  (handle: FileHandle): ReadPart =>
  (buffer, offset, length) =>
    handle.read(buffer, offset, length);

async function readAll(
  readPart: ReadPart,
  size: number,
  path: string,
  most: number,
): Promise<Buffer<ArrayBuffer>> {
  if (size > most) throw tooLarge(path, size, most);
  // One byte more than expected: that it does not come shows the end.
  let buffer = Buffer.allocUnsafeSlow(size + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await readPart(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length === size) return buffer.subarray(0, length);
    if (length > most) throw tooLarge(path, 0, most);
    if (length === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(most + 1, 2 * length + portion));
      buffer.copy(larger);
      buffer = larger;
    }
  }
}

/** Bytes read at once by default: some milliseconds of work, between which a server answers. */
const portion = 65_536;

/** The bytes of a regular file. Throws as openRegular and readHandle do. */
export async function readLimited(path: string, most: number): Promise<Buffer<ArrayBuffer>> {
  const { handle, size } = await openSized(path);
  try {
    return await readAll(partsOf(handle), size, path, most);
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a table that is being changed, which is opened several times an edit: at once, as that takes less
 * than the way to another thread (diskFiles.ts). Throws as readLimited does.
 */
export async function readTable(path: string): Promise<Buffer<ArrayBuffer>> {
  let descriptor;
  try {
    descriptor = openSync(path, withoutWaiting);
  } catch (error) {
    throw openError(error, path);
  }
  try {
    const size = sizeOf(fstatSync(descriptor), path);
    const readPart: ReadPart = (buffer, offset, length) =>
      readOf(descriptor, buffer, offset, length, null);
    return await readAll(readPart, size, path, mostBytes.table);
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of a regular file in portions. Throws as readLimited does. */
export async function* portionsOf(
  path: string,
  most: number,
  bytes = portion,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  const { handle, size } = await openSized(path);
  try {
    if (size > most) throw tooLarge(path, size, most);
    for (let read = 0; ;) {
      const buffer = Buffer.allocUnsafeSlow(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes);
      if (bytesRead === 0) return;
      read += bytesRead;
      if (read > most) throw tooLarge(path, 0, most);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
