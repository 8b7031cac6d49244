/**
 * A reader that waits for files that are out of reach: a share that is gone for a moment, a disk that reports an
 * error, too many open files. What does not come back ends the work with an AwayError; only an image that is broken,
 * or missing from a folder that is there, is left for others to skip.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AwayError } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { ImageError } from './imageError.ts';
import type { ImageReader } from './reader.ts';

/** Milliseconds before each further try: about a minute in all. */
export const longPatience: readonly number[] = [
  ...[100, 200, 400, 800, 1500, 2000],
  ...Array<number>(11).fill(5000),
];
/** For work that somebody waits for and that is soon begun again: about three seconds. */
export const shortPatience: readonly number[] = [100, 200, 400, 800, 1500];

export interface PatientOptions {
  /** Milliseconds before each further try. */
  readonly delays: readonly number[];
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** True when the work was asked to stop in another way. */
  readonly stopAsked?: () => Promise<boolean>;
  /** Hears of each outage once. */
  readonly onWait?: (message: string) => void;
}

/** A decoder that died or was slow is tried again this often: the machine may have been busy. */
const decoderTries = 1;
/** A file counts as missing when its folder was there before and after this many looks. */
const looks = 3;
/** Milliseconds between two looks whether the work was asked to stop. */
const look = 200;

/** True for a folder that can be listed and holds something; a share that is gone leaves an empty one. */
async function isThere(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/** Asks again for what is out of reach. */
export class Patience {
  readonly #options: PatientOptions;
  #isWaiting = false;
  /** What could not be waited for is asked for once each, until something is read again. */
  #hasGivenUp = false;
  /** How often files went out of reach and came back: what was begun before says nothing of now. */
  #turn = 0;

  constructor(options: PatientOptions) {
    this.#options = options;
  }

  /** Does `work` on a file. Throws an ImageError for what is the image's fault, else an AwayError. */
  async read<T>(file: string, work: () => Promise<T>): Promise<T> {
    let [slow, missed, waited] = [0, 0, 0];
    for (;;) {
      const begun = this.#turn;
      try {
        const result = await work();
        this.#noteRead(begun);
        return result;
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        const { delays } = this.#options;
        if (error.fault === 'decoder' && slow < decoderTries) slow += 1;
        else if (error.fault !== 'away' && error.fault !== 'missing') throw error;
        else {
          const delay = this.#hasGivenUp ? undefined : delays[waited];
          waited += 1;
          const isHere = await isThere(dirname(file));
          missed = isHere && error.fault === 'missing' ? missed + 1 : 0;
          if (missed >= looks || (missed > 0 && delay === undefined)) throw error;
          // A disk that reports an error for this file alone, for good, has lost the image.
          if (delay === undefined && isHere && error.message.includes('(EIO)')) throw error;
          this.#noteAway(begun, error);
          if (delay !== undefined && !(await this.#isStopped(delay))) continue;
          this.#hasGivenUp = true;
          throw away(error);
        }
      }
    }
  }

  #noteRead(begun: number): void {
    if (begun !== this.#turn || !this.#isWaiting) return;
    [this.#isWaiting, this.#hasGivenUp] = [false, false];
    this.#turn += 1;
  }

  /** Tells of an outage. */
  #noteAway(begun: number, { message }: ImageError): void {
    if (begun !== this.#turn || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#turn += 1;
    if (this.#options.delays.length > 0) {
      this.#options.onWait?.(`${message.replace(/\.$/, '')}; it is tried again.`);
    }
  }

  /** Waits; true when the work was asked to stop. */
  async #isStopped(milliseconds: number): Promise<boolean> {
    const { signal, stopAsked } = this.#options;
    for (let left = milliseconds; left > 0; left -= look) {
      if (signal?.aborted === true || (await stopAsked?.()) === true) return true;
      await wait(Math.min(left, look));
    }
    return false;
  }
}

function away({ message }: ImageError): AwayError {
  return new AwayError(
    `${message.replace(/\.$/, '')}, and neither can its folder or disk; bring it back and go on.`,
  );
}

/** The same reader, which waits for images and masks. */
export function patientReader(reader: ImageReader, options: PatientOptions): ImageReader {
  const patience = new Patience(options);
  return {
    read: (file, as) => patience.read(file, () => reader.read(file, as)),
    size: (file) => patience.read(file, () => reader.size(file)),
    mask: (root, source) => {
      const file = source.kind === 'file' ? join(root, source.path) : root;
      return patience.read(file, () => reader.mask(root, source));
    },
    look: (file) => patience.read(file, () => reader.look(file)),
    header: (file) => patience.read(file, () => reader.header(file)),
    maskBits: (file) => reader.maskBits(file),
    classBits: (file) => reader.classBits(file),
    tiles: (file, folder) => reader.tiles(file, folder),
    asStored: () => patientReader(reader.asStored(), options),
    picture: (file, as) => reader.picture(file, as),
    hash: (file) => reader.hash(file),
    dispose: () => reader.dispose(),
  };
}
