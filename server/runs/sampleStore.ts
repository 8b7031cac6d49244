/**
 * Prepared samples, made once: kept in memory up to a stated budget and on disk beyond it. Every
 * sample is used once an epoch, so nothing would be gained by throwing one out for another.
 */
import { join } from 'node:path';
import { UserError, errorText } from '../../protocol/errors.ts';
import { makeFolder, writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode, realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import type { PreparedSample } from './preparedSample.ts';

export interface SampleStoreOptions {
  /** Reads and prepares a sample; a UserError means that its files cannot be used. */
  readonly prepare: (id: number) => Promise<PreparedSample>;
  /** Samples that a stopped run found unusable: left out again, so that resuming changes nothing. */
  readonly unusable: readonly number[];
  /** Bytes of prepared samples to keep in memory. */
  readonly memoryBytes: number;
  /** Folder for what does not fit; made when needed. */
  readonly folder: string;
  /** Hears once of each sample that cannot be used. */
  readonly onUnreadable: (id: number, message: string) => void;
  /** Hears once when nothing more can be kept on disk: samples are then prepared every time. */
  readonly onDiskRefused: (message: string) => void;
  readonly fs?: FileSystem;
}

const headerBytes = 16;
const bytesPerPixel = (sample: PreparedSample): number => sample.pixels.BYTES_PER_ELEMENT;
const asBytes = (array: Uint8Array | Uint16Array | Float32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function sizeOf(sample: PreparedSample): number {
  const maps = sample.maps === null ? 0 : 2 * sample.maps.target.byteLength;
  return headerBytes + sample.pixels.byteLength + maps;
}

/** Four 32-bit numbers (bytes a pixel, pixels, map values, flags), pixels, target, weight; this machine's byte order. */
export function encodePrepared(sample: PreparedSample): Uint8Array {
  const mapLength = sample.maps?.target.length ?? 0;
  const flags = (sample.positive ? 1 : 0) | (sample.segmented ? 2 : 0);
  const bytes = new Uint8Array(sizeOf(sample));
  const header = [bytesPerPixel(sample), sample.pixels.length, mapLength, flags];
  bytes.set(new Uint8Array(Uint32Array.from(header).buffer));
  bytes.set(asBytes(sample.pixels), headerBytes);
  if (sample.maps !== null) {
    const start = headerBytes + sample.pixels.byteLength;
    bytes.set(asBytes(sample.maps.target), start);
    bytes.set(asBytes(sample.maps.weight), start + 4 * mapLength);
  }
  return bytes;
}

/** The inverse of encodePrepared. */
export function decodePrepared(bytes: Uint8Array): PreparedSample {
  const part = (start: number, length: number): ArrayBuffer =>
    Uint8Array.from(bytes.subarray(start, start + length)).buffer;
  const [depth = 1, pixels = 0, mapLength = 0, flags = 0] = new Uint32Array(part(0, headerBytes));
  const pixelBuffer = part(headerBytes, depth * pixels);
  const start = headerBytes + depth * pixels;
  return {
    pixels: depth === 1 ? new Uint8Array(pixelBuffer) : new Uint16Array(pixelBuffer),
    maximum: depth === 1 ? 255 : 65535,
    positive: (flags & 1) !== 0,
    segmented: (flags & 2) !== 0,
    maps:
      mapLength === 0
        ? null
        : {
            target: new Float32Array(part(start, 4 * mapLength)),
            weight: new Float32Array(part(start + 4 * mapLength, 4 * mapLength)),
          },
  };
}

type Kept = { readonly sample: PreparedSample } | { readonly file: string } | 'unreadable';

export class SampleStore {
  readonly #options: SampleStoreOptions;
  readonly #fs: FileSystem;
  readonly #kept = new Map<number, Kept>();
  readonly #underWay = new Map<number, Promise<PreparedSample | undefined>>();
  #memoryUsed = 0;
  #diskOpen = true;
  #folderMade: Promise<void> | undefined;

  constructor(options: SampleStoreOptions) {
    this.#options = options;
    this.#fs = options.fs ?? realFileSystem;
    for (const id of options.unusable) this.#kept.set(id, 'unreadable');
  }

  /** The prepared sample, or undefined if its files cannot be used. */
  get(id: number): Promise<PreparedSample | undefined> {
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return underWay;
    const loading = this.#load(id).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, loading);
    return loading;
  }

  async #load(id: number): Promise<PreparedSample | undefined> {
    const kept = this.#kept.get(id);
    if (kept === 'unreadable') return undefined;
    if (kept === undefined) return this.#prepare(id);
    if ('sample' in kept) return kept.sample;
    return this.#readBack(id, kept.file);
  }

  async #readBack(id: number, file: string): Promise<PreparedSample | undefined> {
    try {
      return decodePrepared(await this.#fs.read(file));
    } catch (error) {
      // Somebody cleaned up: the sample is made again.
      if (errorCode(error) !== 'ENOENT') throw error;
      return this.#prepare(id);
    }
  }

  async #prepare(id: number): Promise<PreparedSample | undefined> {
    let sample: PreparedSample;
    try {
      sample = await this.#options.prepare(id);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#kept.set(id, 'unreadable');
      this.#options.onUnreadable(id, error.message);
      return undefined;
    }
    await this.#keep(id, sample);
    return sample;
  }

  async #keep(id: number, sample: PreparedSample): Promise<void> {
    const size = sizeOf(sample);
    if (this.#memoryUsed + size <= this.#options.memoryBytes) {
      this.#memoryUsed += size;
      this.#kept.set(id, { sample });
    } else if (this.#diskOpen) {
      await this.#keepOnDisk(id, sample);
    }
  }

  async #keepOnDisk(id: number, sample: PreparedSample): Promise<void> {
    const file = join(this.#options.folder, `${id}.bin`);
    try {
      this.#folderMade ??= makeFolder(this.#options.folder, this.#fs);
      await this.#folderMade;
      await writeFileWhole(file, encodePrepared(sample), this.#fs);
      this.#kept.set(id, { file });
    } catch (error) {
      // The cache only saves time: a full disk must not end a run that can go on without it.
      if (this.#diskOpen) this.#options.onDiskRefused(errorText(error));
      this.#diskOpen = false;
    }
  }
}
