/**
 * Images as tiles in the cache, named by what they are made from. A pyramid is made in a folder of another
 * name and renamed when it is whole, so that nobody ever sees half of one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import { readLimited } from '../../common/node/readLimited.ts';
import type { ImageTiles } from '../../protocol/masks.ts';
import type { Orientation } from '../../protocol/dataset.ts';
import { orientedReader } from '../data/images/reader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { fileError, makeFolder } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';

/** Raised when the same image gives other tiles. */
const version = 1;
/** Bytes of the few numbers about an image. */
const mostSummaryBytes = 64e3;
const mostBytes = 2 * 2 ** 30;
/** Milliseconds after which an unfinished pyramid was left by a process that is gone. */
const unfinishedAge = 60 * 60 * 1000;
const unfinished = '.making-';
/** Says what the folder holds; written last. */
const summary = 'tiles.json';

const summarySchema = z.object({
  ending: z.enum(['png', 'jpg']),
  tile: z.number(),
  levels: z.number(),
  width: z.number(),
  height: z.number(),
  bytes: z.number(),
});

async function sizeOf(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

export class TileStore {
  readonly #folder: string;
  readonly #reader: ImageReader;
  /** By key. */
  readonly #making = new Map<string, Promise<ImageTiles>>();

  /** The reader has to give an image minutes. */
  constructor(cacheFolder: string, reader: ImageReader) {
    this.#folder = join(cacheFolder, 'tiles');
    this.#reader = reader;
  }

  /** The tiles of an image file, as it lies. Throws a UserError for one that cannot be read. */
  async get(file: string, orientation: Orientation | undefined): Promise<ImageTiles> {
    const { mtimeMs, size } = await stat(file);
    const key = createHash('sha256')
      .update(JSON.stringify([version, file, mtimeMs, size, orientation ?? 'exif']))
      .digest('hex')
      .slice(0, 40);
    const found = await this.#found(key);
    if (found !== undefined) return found;
    const making = this.#making.get(key) ?? this.#make(key, file, orientation);
    this.#making.set(key, making);
    try {
      return await making;
    } finally {
      this.#making.delete(key);
    }
  }

  /** Removes the pyramids that were not used for longest when there is too much, and what was left unfinished. */
  async trim(): Promise<void> {
    const kept: { path: string; bytes: number; used: number }[] = [];
    for (const name of await this.#names()) {
      const path = join(this.#folder, name);
      try {
        const { mtimeMs } = await stat(path);
        if (!name.startsWith(unfinished)) {
          const { bytes } = await this.#summaryOf(path);
          kept.push({ path, bytes, used: mtimeMs });
        } else if (Date.now() - mtimeMs > unfinishedAge) {
          await rm(path, { recursive: true, force: true });
        }
      } catch (error) {
        // Another window may be trimming too; what else cannot be understood is no pyramid, and in the way.
        if (errorCode(error) !== 'ENOENT') await rm(path, { recursive: true, force: true });
      }
    }
    let sum = kept.reduce((all, { bytes }) => all + bytes, 0);
    for (const { path, bytes } of kept.sort((a, b) => a.used - b.used)) {
      if (sum <= mostBytes) return;
      sum -= bytes;
      await this.#remove(path);
    }
  }

  /** Renamed first: no half of it is found while its files go. */
  async #remove(path: string): Promise<void> {
    const away = this.#newName();
    try {
      await rename(path, away);
    } catch (error) {
      // Another window was first.
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    await rm(away, { recursive: true, force: true });
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #newName(): string {
    return join(this.#folder, `${unfinished}${randomBytes(8).toString('hex')}`);
  }

  async #summaryOf(path: string): Promise<z.infer<typeof summarySchema>> {
    return summarySchema.parse(
      JSON.parse((await readLimited(join(path, summary), mostSummaryBytes)).toString('utf8')),
    );
  }

  async #found(key: string): Promise<ImageTiles | undefined> {
    const path = join(this.#folder, key);
    try {
      const { ending, tile, levels, width, height } = await this.#summaryOf(path);
      const now = new Date();
      await utimes(path, now, now);
      return { folder: join(path, 'tiles_files'), ending, tile, levels, width, height };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      // One whose summary was damaged is made again.
      if (!(error instanceof SyntaxError || error instanceof $ZodError)) throw error;
      await this.#remove(path);
      return undefined;
    }
  }

  async #make(
    key: string,
    file: string,
    orientation: Orientation | undefined,
  ): Promise<ImageTiles> {
    const temporary = this.#newName();
    await makeFolder(temporary);
    try {
      const tiles = await orientedReader(this.#reader, orientation).tiles(file, temporary);
      const bytes = await sizeOf(temporary);
      await writeFile(join(temporary, summary), JSON.stringify({ ...tiles, bytes }));
      await rename(temporary, join(this.#folder, key));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another window may have made the same meanwhile.
      const found = await this.#found(key);
      if (found === undefined) throw fileError(error, temporary);
      return found;
    }
    await this.trim();
    const made = await this.#found(key);
    if (made === undefined) throw new Error(`The tiles ${key} were removed at once.`);
    return made;
  }
}
