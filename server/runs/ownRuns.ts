/**
 * Which runs were trained by this person on this machine. Each run.json gets a mark over the places that it
 * names, made with a key that only this person's programs can read: a run folder from somebody else has none that
 * fits, and what it names outside of its project is asked for (docs/decisions/places.md).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode } from '../files/fileSystem.ts';
import type { RunFile } from './runFile.ts';

const keyBytes = 32;

/** Where a program keeps what is of the person and not of a project. */
function stateFolder(): string {
  const { SEGDEC_STATE, XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  if (SEGDEC_STATE) return SEGDEC_STATE;
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'segdec');
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', 'segdec');
  }
  if (XDG_STATE_HOME) return join(XDG_STATE_HOME, 'segdec');
  return join(homedir(), '.local', 'state', 'segdec');
}

const keyFile = (): string => join(stateFolder(), 'run-key');

/** The key; undefined where there is none that can be read. */
async function readKey(): Promise<Uint8Array | undefined> {
  try {
    const key = await readFile(keyFile());
    return key.length === keyBytes ? key : undefined;
  } catch (error) {
    // Without a key no run has a mark, and what lies outside of a run's project is asked for.
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Makes the key whole or not at all: of several programs that begin at once, the first one's is kept. */
async function makeKey(): Promise<void> {
  const file = keyFile();
  const temporary = `${file}-${randomBytes(8).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, randomBytes(keyBytes), { mode: 0o600, flag: 'wx' });
    await link(temporary, file);
  } catch (error) {
    // Another program was first, or there is no place for a key.
    if (errorCode(error) === undefined) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

type Marked = Pick<RunFile, 'created' | 'from'> & {
  readonly dataset: Pick<NonNullable<RunFile['dataset']>, 'root' | 'rootFromRun'> | null;
};

function markBy(key: Uint8Array, { created, dataset, from }: Marked): Buffer {
  const places = [dataset?.root ?? null, dataset?.rootFromRun ?? null, from?.path ?? null];
  return createHmac('sha256', key)
    .update(JSON.stringify([created, ...places]))
    .digest();
}

/** The mark of a new run, as hex; null where this person has no place for a key. */
export async function markOf(run: Marked): Promise<string | null> {
  let key = await readKey();
  if (key === undefined) {
    await makeKey();
    key = await readKey();
  }
  return key === undefined ? null : markBy(key, run).toString('hex');
}

/** True for a run that this person trained with these places. */
export async function isOwnRun(run: Marked & Pick<RunFile, 'mark'>): Promise<boolean> {
  const key = typeof run.mark === 'string' ? await readKey() : undefined;
  if (key === undefined) return false;
  const given = Buffer.from(run.mark ?? '', 'hex');
  const mark = markBy(key, run);
  return given.length === mark.length && timingSafeEqual(given, mark);
}
