/**
 * contents.csv: the hash of each image and mask that a run is trained on, as they were when it began, so that a run
 * is never continued on other pixels unnoticed; and what the system says of each file, by which one that nobody has
 * touched is told without reading it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sample } from '../../protocol/dataset.ts';
import { UserError, errorText } from '../../protocol/errors.ts';
import { ImageError, systemFault } from '../data/images/imageError.ts';
import { Patience, shortPatience } from '../data/images/patientReader.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { csvRecords } from '../files/csvStream.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { assertNoLinks } from '../files/kept.ts';
import { pathField, pathOfCell } from './csv.ts';

export interface FileContent {
  /** Changes whenever the file is written, replaced or moved. */
  readonly stamp: string;
  /** SHA-256 in hex; empty for a file that cannot be read. */
  readonly sha256: string;
}

/** By the path in the dataset folder. */
export type Contents = ReadonlyMap<string, FileContent>;

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Hears after each file. */
  readonly onHashed?: (done: number, total: number) => Promise<void>;
  /** Milliseconds before each further try of a file that is out of reach. */
  readonly patience?: readonly number[];
}

const unreadable: FileContent = { stamp: '', sha256: '' };
/** Rows are handed to the disk in portions of this many. */
const portion = 1000;

/** Images, masks and ignore masks, each once. */
function filesOf(samples: readonly Sample[]): string[] {
  const files = new Set<string>();
  for (const { image, mask, ignore } of samples) {
    files.add(image);
    if (mask?.kind === 'file')
      for (const path of [mask.path, ...(mask.more ?? [])]) files.add(path);
    if (ignore !== undefined) files.add(ignore);
  }
  return [...files];
}

async function stampOf(file: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
  return `${size}/${mtimeNs}/${ctimeNs}/${ino}`;
}

/** The content of a file; `known` is believed when the system says that nothing has touched it since. */
async function contentOf(
  file: string,
  known: FileContent | undefined,
  signal: AbortSignal | undefined,
): Promise<FileContent> {
  try {
    const stamp = await stampOf(file);
    if (known?.stamp === stamp) return known;
    const hash = createHash('sha256');
    const options = signal === undefined ? {} : { signal };
    for await (const chunk of createReadStream(file, options)) hash.update(chunk as Buffer);
    return { stamp, sha256: hash.digest('hex') };
  } catch (error) {
    signal?.throwIfAborted();
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw new ImageError(
      systemFault(error),
      `${file} cannot be read: it cannot be opened (${code}).`,
    );
  }
}

/**
 * Hashes the files of the samples, one after the other. `known`: those that are believed where nothing has touched
 * them. Throws an AwayError for files that are out of reach, and an AbortError when the signal is aborted.
 */
export async function hashContents(
  root: string,
  samples: readonly Sample[],
  options: HashOptions = {},
  known?: Contents,
): Promise<Map<string, FileContent>> {
  const { signal, onHashed, patience: delays = shortPatience } = options;
  const patience = new Patience({ delays, ...(signal === undefined ? {} : { signal }) });
  const files = filesOf(samples);
  const found = new Map<string, FileContent>();
  for (const name of files) {
    signal?.throwIfAborted();
    const file = join(root, name);
    try {
      const read = () => contentOf(file, known?.get(name), signal);
      found.set(name, await patience.read(file, read));
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      // Missing is a state of the data like any other; reading it will say more.
      found.set(name, unreadable);
    }
    await onHashed?.(found.size, files.length);
  }
  return found;
}

/** Files that have another content, or are in one alone; by name. */
export function changedFiles(before: Contents, now: Contents): string[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name)?.sha256 !== now.get(name)?.sha256).sort();
}

/** "a.png, b.png and 3 more": files in a sentence. */
export function namesInSentence(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

async function* texts(contents: Contents): AsyncGenerator<string> {
  yield 'file,stamp,sha256\n';
  const rows = [...contents].map(
    ([file, { stamp, sha256 }]) => `${pathField(file)},${stamp},${sha256}\n`,
  );
  for (let i = 0; i < rows.length; i += portion) yield rows.slice(i, i + portion).join('');
}

/** Writes contents.csv whole or not at all. */
export async function writeContents(
  path: string,
  contents: Contents,
  fs?: FileSystem,
): Promise<void> {
  await writeFileWhole(path, texts(contents), fs);
}

/** Reads contents.csv; undefined when there is none. Throws a UserError for a broken one. */
export async function readContents(path: string): Promise<Contents | undefined> {
  const found = new Map<string, FileContent>();
  await assertNoLinks(dirname(path), path);
  try {
    const rows = csvRecords(path, { columns: true });
    for await (const row of rows as AsyncIterable<Readonly<Record<string, string>>>) {
      const { file, stamp = '', sha256 = '' } = row;
      if (file !== undefined) found.set(pathOfCell(file), { stamp, sha256 });
    }
    return found;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UserError(`${path} cannot be read (${errorText(error)}); put the right file back.`, {
      cause: error,
    });
  }
}
