/**
 * A journal of a mask that is being edited: who draws on is never backed up by VS Code, so each stroke is
 * appended here at once. Records with length and checksum, the first a header, the second all bits, each
 * other what one edit turned over; a torn last record is left out.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import * as z from 'zod/mini';
import { mostBytes, readLimited } from '../../common/node/readLimited.ts';
import { mostSide } from '../../protocol/mask/bits.ts';
import type { LayerToggles, Layers } from '../../protocol/mask/edits.ts';
import { applyToggles } from '../../protocol/mask/edits.ts';
import { layersOf, togglesOf } from './maskModel.ts';
import { bytesOf, togglesIn } from './toggleBytes.ts';

const side = z.int().check(z.nonnegative(), z.maximum(mostSide));
const headerSchema = z.object({
  /** Names the journal: a backup says which one it continues in. */
  id: z.string(),
  /** As maskOpen takes it, to see that names of files have not met. */
  image: z.string(),
  width: side,
  height: side,
  /** Of the mask file that the edits began with. */
  stamp: z.string(),
  /** Milliseconds since 1970. */
  begun: z.number(),
});
export type JournalHeader = z.infer<typeof headerSchema>;

/** What a journal says of a mask. */
export interface Journaled {
  readonly header: JournalHeader;
  readonly layers: Layers;
  /** Edits in it. */
  readonly edits: number;
}

const headBytes = 8;

function recordOf(payload: Uint8Array): Uint8Array {
  const record = Buffer.alloc(headBytes + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
  record.set(payload, headBytes);
  return record;
}

/** The payloads of all whole records from the start. */
export function payloadsOf(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at + headBytes <= bytes.length;) {
    const end = at + headBytes + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + headBytes, end);
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    payloads.push(payload);
    at = end;
  }
  return payloads;
}

function headerOf(payload: Buffer | undefined): JournalHeader | undefined {
  if (payload === undefined) return undefined;
  try {
    const parsed = headerSchema.safeParse(JSON.parse(payload.toString()));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** The mask that a journal's bytes tell; undefined where they tell none. */
export function journaledIn(bytes: Buffer): Journaled | undefined {
  const [first, ...rest] = payloadsOf(bytes);
  const header = headerOf(first);
  if (header === undefined || rest.length === 0) return undefined;
  const layers = layersOf(header.width, header.height, { defect: null, ignore: null });
  let records = 0;
  try {
    for (const payload of rest) {
      applyToggles(layers, togglesIn(payload));
      records += 1;
    }
  } catch (error) {
    // What stands before a record that cannot be understood is good.
    if (!(error instanceof RangeError)) throw error;
  }
  return records === 0 ? undefined : { header, layers, edits: records - 1 };
}

/** The mask that a journal file tells; undefined without one. */
export async function readJournal(file: string): Promise<Journaled | undefined> {
  try {
    return journaledIn(await readLimited(file, mostBytes.image));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export class Journal {
  readonly #file: string;
  readonly #failed: (error: unknown) => void;
  #header: JournalHeader | undefined;
  #edits = 0;
  #handle: FileHandle | undefined;
  #work: Promise<void> = Promise.resolve();

  /** `failed` hears why something could not be written; editing goes on. */
  constructor(file: string, failed: (error: unknown) => void) {
    this.#file = file;
    this.#failed = failed;
  }

  /** Which journal there is and how many edits are in it; undefined before the first since the last save. */
  get place(): { readonly id: string; readonly edits: number } | undefined {
    return this.#header && { id: this.#header.id, edits: this.#edits };
  }

  /** Writes what an edit turned over; `layers` and `base` are as they are after it. */
  append(
    toggles: readonly LayerToggles[],
    layers: Layers,
    base: Pick<JournalHeader, 'image' | 'stamp'>,
  ): void {
    if (this.#header === undefined) {
      this.#begin(layers, base);
      return;
    }
    this.#edits += 1;
    const record = recordOf(bytesOf(toggles));
    this.#then(async () => {
      await this.#handle?.appendFile(record);
    });
  }

  /** Begins anew with edits that are on top of another file from now on. */
  rebase(layers: Layers, base: Pick<JournalHeader, 'image' | 'stamp'>): void {
    this.#begin(layers, base);
  }

  /** Forgets all edits: they are saved, or nobody wants them. */
  remove(): Promise<void> {
    this.#header = undefined;
    this.#edits = 0;
    this.#then(async () => {
      await this.#close();
      await rm(this.#file, { force: true });
    });
    return this.#work;
  }

  /** Resolves when all that was appended is in the file. */
  flush(): Promise<void> {
    return this.#work;
  }

  #begin(layers: Layers, base: Pick<JournalHeader, 'image' | 'stamp'>): void {
    const { width, height } = layers.defect;
    const begun = Date.now();
    const header: JournalHeader = { id: randomUUID(), ...base, width, height, begun };
    const start = Buffer.concat([
      recordOf(Buffer.from(JSON.stringify(header))),
      recordOf(bytesOf(togglesOf(layers))),
    ]);
    [this.#header, this.#edits] = [header, 0];
    this.#then(async () => {
      await this.#close();
      await mkdir(dirname(this.#file), { recursive: true });
      // One that a dead host left stays whole until the new one is.
      const fresh = `${this.#file}.new`;
      await writeFile(fresh, start);
      await rename(fresh, this.#file);
      this.#handle = await open(this.#file, 'a');
    });
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      // The next edit begins anew, with all bits.
      this.#header = undefined;
      this.#failed(error);
    });
  }
}
